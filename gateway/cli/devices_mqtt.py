"""For `mbg-gateway devices --mqtt`: what the running gateway hears on the broker from devices in no kitchen.yaml.

The gateway itself is asked, over its control socket: it listens already, to everything that could be a device.
"""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.cli.device_words import table

PATIENCE = 5.0  # s for the snapshot
CHUNK = 1 << 16  # bytes

Json = dict[str, Any]


def ask(path: Path) -> list[Json]:
    """The devices that nobody has configured, as gateway.ingest.discovery tells them.

    Raises:
        OSError: there is no gateway at this socket, or it does not answer within PATIENCE.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        connection.sendall(b'{"op": "watch"}\n')
        told = bytearray()
        while b"\n" not in told:
            chunk = connection.recv(CHUNK)
            if not chunk:
                raise ConnectionResetError
            told += chunk
    heard: list[Json] = json.loads(told.partition(b"\n")[0])["discovered"]
    return heard


def heard_table(heard: Sequence[Json]) -> str:
    """One device a line: its format, what it calls itself, what it shows now."""
    rows = [(each["format"], each["sensor"], ", ".join(map(_shown, each["points"])) or "–") for each in heard]
    return table([("FORMAT", "DEVICE", "SHOWS NOW"), *rows])


def heard_lines(heard: Sequence[Json]) -> str:
    """The lines for kitchen.yaml, under a comment that says whose they are."""
    return "\n\n".join(f"# {each['sensor']} ({each['format']})\n{each['paste']}" for each in heard)


def _shown(point: Json) -> str:
    value = point["reason"] if point["value"] is None else f"{point['value']:g} {point['unit']}"
    return f"{point['channel']} {value}".strip()
