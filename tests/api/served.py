"""The API as it is served: the real server on a free port, over whatever folder a test has made."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn

from api.__main__ import Server
from api.app import Board

PATIENCE = 10.0


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait for a condition, not for a time."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain until {what}"
        time.sleep(0.01)


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """The API over a data folder; yields its address."""
    board = Board(data)
    config = uvicorn.Config(board.app, http="httptools", loop="asyncio", log_config=None, timeout_graceful_shutdown=2)
    server = Server(config, board)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            until(lambda: server.started, "the API serves")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the API did not stop"
