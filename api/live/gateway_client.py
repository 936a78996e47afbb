"""The way to the gateway: its Unix socket, JSON lines (gateway/server/socket.py).

One connection watches, for as long as the API lives: a snapshot, then changes, a heartbeat each second. Each command
goes over a connection of its own, with a key, so that a repeat after a lost answer is not done twice.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from api.errors import ApiError, BadRequestError, GatewayAwayError, NotAllowedError, NotFoundError
from api.live.board import Live
from api.live.hub import Hub
from api.live.render import Json
from gateway.server.socket import LONGEST_LINE as LONGEST_COMMAND

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2  # s before the first attempt to reconnect; doubles
LONGEST_PAUSE = 2.0  # s: a restarted gateway is on the page again within this
SILENCE = 5.0  # s without a line, of a gateway that sends one each second: it hangs
COMMAND_PATIENCE = 2.0  # s in which a command looks for a gateway: longer than it takes to restart
ANSWER_PATIENCE = 5.0  # s for an answer once it was taken: a commit on a slow card
COMMAND_PAUSE = 0.1  # s between two attempts of a command
LONGEST_LINE = 16 * 2**20  # bytes: a snapshot of thousands of points

MISUNDERSTOOD = frozenset({"unknown_person", "bad_request", "bad_barcode", "bad_quantity", "bad_csv"})
"""Refusals of what was said; one of a name that nothing has begins with `unknown_`, any other of how things stand."""
_LOST = (OSError, EOFError, TimeoutError, ValueError, msgspec.DecodeError)


class GatewayClient:
    """Keeps `live` and `hub` fed from the socket, and carries commands to it."""

    def __init__(self, socket: Path, *, live: Live, hub: Hub) -> None:
        self._socket = socket
        self._live = live
        self._hub = hub
        self._pause = FIRST_PAUSE
        self._missed = False

    async def watch(self) -> None:
        """Follow the gateway for ever; reconnect when it is lost."""
        while True:
            try:
                await self._follow()
            except _LOST as error:
                self._lost(error)
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def command(self, name: str, args: Json, *, key: str) -> Json:
        """Have the gateway do something; returns its result after the commit.

        Raises:
            GatewayAwayError: nobody took it within COMMAND_PATIENCE, or nobody answered; repeat with the same key.
            NotFoundError, BadRequestError, NotAllowedError: the gateway refused, or would not read so much.
        """
        line = msgspec.json.encode({"op": "command", "key": key, "name": name, "args": args}) + b"\n"
        if len(line) > LONGEST_COMMAND:
            raise BadRequestError(f"The arguments of a command have at most {LONGEST_COMMAND} bytes: divide them.")
        deadline = asyncio.get_running_loop().time() + COMMAND_PATIENCE
        while (reply := await self._attempt(line)) is None:
            if asyncio.get_running_loop().time() >= deadline:
                raise GatewayAwayError(f"The gateway is away: {name} was not stored. Start it, then try again.")
            await asyncio.sleep(COMMAND_PAUSE)
        if reply["ok"]:
            result: Json = reply["result"]
            return result
        raise _refusal(reply)

    async def _attempt(self, line: bytes) -> Json | None:
        """Ask once; None when there is no gateway or the connection broke."""
        try:
            async with self._connection() as (reader, writer):
                writer.write(line)
                async with asyncio.timeout(ANSWER_PATIENCE):
                    return await _next_line(reader, kind="reply")
        except TimeoutError as error:
            text = "The gateway took the command but did not answer; try again, it will not be done twice."
            raise GatewayAwayError(text, error="gateway_silent") from error
        except _LOST:
            return None

    async def _follow(self) -> None:
        async with self._connection() as (reader, writer):
            writer.write(b'{"op":"watch"}\n')
            while True:
                async with asyncio.timeout(SILENCE):
                    line = await _next_line(reader)
                self._take(line)

    def _take(self, line: Json) -> None:
        match line["type"]:
            case "snapshot":
                self._found()
                self._live.take_snapshot(line)
                self._hub.publish_snapshot()
            case "change" | "heartbeat":
                self._hub.publish("change", self._live.take_change(line))
            case _:
                log.warning("the gateway said something unknown: %s", line["type"])

    def _found(self) -> None:
        self._pause = FIRST_PAUSE
        self._missed = False
        log.info("gateway connected at %s", self._socket)

    def _lost(self, error: Exception) -> None:
        if not self._missed:
            self._missed = True
            log.warning(
                "no gateway at %s: %s; trying again until it is there", self._socket, str(error) or "it is silent"
            )
        if self._live.connected:
            self._live.lose_gateway()
            self._hub.publish("gateway", self._live.gateway())

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=LONGEST_LINE)
        try:
            yield reader, writer
        finally:
            writer.close()


async def _next_line(reader: asyncio.StreamReader, *, kind: str | None = None) -> Json:
    """The next line that is of `kind`, or just the next."""
    while True:
        line = await reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError("it closed the connection")
        decoded: Any = msgspec.json.decode(line)
        if not isinstance(decoded, dict):
            raise ValueError("it sent a line that is no object")  # noqa: TRY004 - the gateway's fault, not a type's
        if kind is None or decoded.get("type") == kind:
            return decoded


def _refusal(reply: Json) -> ApiError:
    error: str = reply["error"]
    kind: type[ApiError] = NotFoundError if error.startswith("unknown_") else NotAllowedError
    return (BadRequestError if error in MISUNDERSTOOD else kind)(reply["message"], error=error)
