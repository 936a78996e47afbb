"""`python -m api --data DIR`: serves people; reads the journal and talks to the gateway's control socket."""

import argparse
import contextlib
import gc
import logging
import socket
from pathlib import Path

import uvicorn

from api.app import Board

GRACE = 2  # s for answers that are under way; streams are ended before


class Server(uvicorn.Server):
    """uvicorn, which would wait for every open stream; it ends them first."""

    def __init__(self, config: uvicorn.Config, board: Board) -> None:
        super().__init__(config)
        self._board = board

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let answers finish."""
        self._board.hub.close()
        await super().shutdown(sockets)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    asked = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s api %(levelname)s %(message)s")
    name = socket.gethostname()
    board = Board(asked.data, hosts=[asked.host, name, f"{name}.local", *asked.allow_host])
    config = uvicorn.Config(
        board.app,
        host=asked.host,
        port=asked.port,
        http="httptools",
        loop="asyncio",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    # What was imported is no garbage: to look through it, now and then, would hold the answers up for 40 ms.
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has stopped
        Server(config, board).run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m api", description="Page, REST and event stream of one kitchen.")
    parser.add_argument("--data", type=Path, required=True, help="folder of journal.db and control.sock")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which browsers may call this machine, besides its addresses and host name; may be repeated",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
