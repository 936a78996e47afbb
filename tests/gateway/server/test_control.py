"""The control socket: a client is told its snapshot before any change, and one that does not read is cut off."""

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.ingest.queue import BoundedQueue
from gateway.server.requests import Watch
from gateway.server.socket import LONGEST_LINE, MOST_UNREAD, ControlSocket


@pytest.fixture
def control() -> Iterator[tuple[ControlSocket, BoundedQueue[object], Path]]:
    intake: BoundedQueue[object] = BoundedQueue()
    with tempfile.TemporaryDirectory(prefix="mbg-") as folder:
        path = Path(folder) / "control.sock"
        server = ControlSocket(path, intake)
        thread = threading.Thread(target=server.run)
        thread.start()
        yield server, intake, path
        server.stop()
        thread.join()


def join(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(path))
    client.sendall(b'{"op": "watch"}\n')
    return client


def test_what_was_told_before_the_snapshot_is_not_told_after_it(
    control: tuple[ControlSocket, BoundedQueue[object], Path],
) -> None:
    server, intake, path = control
    with join(path) as client:
        (asked,) = intake.take(1, 10.0)
        assert isinstance(asked, Watch)
        server.tell(b'{"type": "change", "n": 1}\n')
        server.send(asked.client, b'{"type": "snapshot"}\n', watches=True)
        server.tell(b'{"type": "change", "n": 2}\n')
        lines = client.makefile()
        assert [json.loads(lines.readline()) for _ in range(2)] == [{"type": "snapshot"}, {"type": "change", "n": 2}]


def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_told(
    control: tuple[ControlSocket, BoundedQueue[object], Path],
) -> None:
    server, intake, path = control
    with join(path) as slow, join(path) as quick:
        for _ in range(2):
            (asked,) = intake.take(1, 10.0)
            assert isinstance(asked, Watch)
            server.send(asked.client, b"{}\n", watches=True)
        lines = quick.makefile()
        assert lines.readline() == "{}\n"
        line = json.dumps({"text": "x" * LONGEST_LINE}).encode() + b"\n"
        for _ in range(2 * MOST_UNREAD // LONGEST_LINE):
            server.tell(line)
            assert len(lines.readline()) == len(line)
        received = 0
        while chunk := slow.recv(1 << 20):
            received += len(chunk)
        assert received < 2 * MOST_UNREAD
