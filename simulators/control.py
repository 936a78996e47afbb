"""Control a running kitchen by JSON lines over a Unix socket.

→ {"do": {"door": "open", "device": "chiller-1"}}   ← {"ok": true, "at": "…Z"}
→ {"ask": "state"}                                  ← {"ok": true, "at": "…Z", "devices": {…}}
→ {"ask": "goods"}                                  ← {"ok": true, "at": "…Z", "moved": {…}, "left": {…}}
a wrong line                                        ← {"ok": false, "error": "…"}
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from simulators.actions import SimulatedDevice
from simulators.clock import SimulatedClock, iso
from simulators.kitchen import SimulatedKitchen
from simulators.verbs import parse_action


def reply_to(
    line: bytes, *, kitchen: SimulatedKitchen, devices: Sequence[SimulatedDevice], clock: SimulatedClock
) -> dict[str, Any]:
    """Carry out one line, and return the reply."""
    try:
        request = json.loads(line)
        at = clock.now()
        match request:
            case {"do": dict(entry)}:
                kitchen.advance(at)
                kitchen.do(parse_action(entry, devices), at)
                return {"ok": True, "at": iso(at)}
            case {"ask": "state"}:
                return {"ok": True, "at": iso(at), "devices": kitchen.state()}
            case {"ask": "goods"}:
                return {"ok": True, "at": iso(at), "moved": kitchen.goods.moved(), "left": kitchen.goods.left()}
            case _:
                return {"ok": False, "error": 'write {"do": {…}}, {"ask": "state"} or {"ask": "goods"}'}
    except ValueError as error:
        return {"ok": False, "error": str(error)}


async def serve(path: Path, reply: Callable[[bytes], dict[str, Any]]) -> asyncio.Server:
    """Listen at `path` until the server is closed."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            writer.write(json.dumps(reply(line)).encode() + b"\n")
            await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(talk, path)
