"""List the devices on the broker that are missing in kitchen.yaml, for `mbg-gateway devices --mqtt`.

The running gateway is asked over its control socket: it already subscribes to every topic of a known format.
"""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.cli.device_report import table

PATIENCE = 5.0  # s for the snapshot
CHUNK = 1 << 16  # bytes

Json = dict[str, Any]


def discovered(path: Path) -> list[Json]:
    """Ask the gateway for its list of unknown devices (gateway.ingest.discovery).

    Raises:
        OSError: there is no gateway at this socket, or it does not answer within PATIENCE.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        connection.sendall(b'{"op": "watch"}\n')
        received = bytearray()
        while b"\n" not in received:
            chunk = connection.recv(CHUNK)
            if not chunk:
                raise ConnectionResetError
            received += chunk
    devices: list[Json] = json.loads(received.partition(b"\n")[0])["discovered"]
    return devices


def discovered_table(devices: Sequence[Json]) -> str:
    """Return one device a line: its format, its own name, its values now."""
    rows = [(each["format"], each["sensor"], ", ".join(map(_shown, each["points"])) or "–") for each in devices]
    return table([("FORMAT", "DEVICE", "SHOWS NOW"), *rows])


def discovered_lines(devices: Sequence[Json]) -> str:
    """Return the lines for kitchen.yaml, each device under a comment with its name."""
    return "\n\n".join(f"# {each['sensor']} ({each['format']})\n{each['paste']}" for each in devices)


def _shown(point: Json) -> str:
    value = point["reason"] if point["value"] is None else f"{point['value']:g} {point['unit']}"
    return f"{point['channel']} {value}".strip()
