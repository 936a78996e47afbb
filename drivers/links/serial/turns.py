"""Define one turn on an open serial port: what a stream listener and a bus poller have in common.

Both notice what no driver sees: a line that has become silent (`SilenceTimer`), and bytes that hold no frame
(`LineDiagnosis`).
"""

import time
from collections.abc import Sequence
from typing import Protocol

from drivers.contract import Clock, Trouble
from drivers.links.serial.line_diagnosis import LineDiagnosis
from drivers.links.serial.port import Port
from drivers.links.serial.silence import SilenceTimer
from drivers.reading import Reading, Reason


class PortTurns(Protocol):
    """Reads and writes an open port, one turn at a time.

    Attributes:
        patience: seconds for which the port may be left unread.
        silence: measures how long nothing has arrived.
        silence_hint: what to check when the line is silent for too long.
    """

    patience: float
    silence: SilenceTimer
    silence_hint: str

    def take_turn(self, port: Port) -> Sequence[Reading | Trouble]:
        """Read, and write what is due; takes some hundredths of a second at most. Raises LinkError."""

    def skip_backlog(self, port: Port) -> Sequence[Trouble]:
        """Drop the bytes of a port that was left unread for longer than `patience`. Raises LinkError."""

    def reset(self) -> None:
        """Start anew after the port was lost."""


def is_reading(result: Reading | Trouble) -> bool:
    """Return whether a device sent this; the reading of a lost device is not its own."""
    return isinstance(result, Reading) and result.reason is not Reason.NO_COMMUNICATION


def diagnose(
    diagnosis: LineDiagnosis, chunk: bytes, results: Sequence[Reading | Trouble], port: Port, clock: Clock
) -> list[Trouble]:
    """Report wrong settings of the port when bytes keep coming and none of them is a reading."""
    if any(is_reading(result) for result in results):
        diagnosis.reset()
        return []
    text = diagnosis.add(chunk, time.monotonic(), bad_stops=port.bad_stops() if chunk else 0)
    if text is None:
        return []
    return [Trouble(device=diagnosis.device, kind="wrong_settings", text=text, at=clock.now(), raw=chunk)]
