"""Provide the clock of the simulated kitchen, and parse durations as people write them.

The clock shows `start` at the real moment `origin`, and runs `speed` times as fast as real time. Processes with the
same three numbers share the time.
"""

import argparse
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

SECOND = 1_000_000
_UNITS = {"ms": 1_000, "s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


@dataclass(frozen=True)
class SimulatedClock:
    """A clock of UTC microseconds; by default the machine's own."""

    start: int = 0
    origin: int = 0
    speed: float = 1.0

    def now(self) -> int:
        return self.start + int((time.time_ns() // 1_000 - self.origin) * self.speed)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the three flags of a clock to a command line."""
    parser.add_argument("--clock-start", help="ISO 8601 with offset: what the clock shows at the origin")
    parser.add_argument("--clock-speed", type=float, help="how many times as fast as the real one")
    parser.add_argument("--clock-origin", type=float, help="Unix seconds of the real moment of the start")


def from_flags(flags: argparse.Namespace) -> SimulatedClock:
    """Build the clock from the flags.

    Raises:
        ValueError: only some of the three flags are present, or the start has no offset.
    """
    values = (flags.clock_start, flags.clock_speed, flags.clock_origin)
    if all(value is None for value in values):
        return SimulatedClock()
    if any(value is None for value in values):
        raise ValueError("--clock-start, --clock-speed and --clock-origin belong together: give all three or none")
    start = datetime.fromisoformat(flags.clock_start)
    if start.tzinfo is None:
        raise ValueError(f"--clock-start {flags.clock_start} has no offset; write for example +07:00 at its end")
    return SimulatedClock(
        start=round(start.timestamp() * SECOND),
        origin=round(flags.clock_origin * SECOND),
        speed=flags.clock_speed,
    )


def iso(at: int) -> str:
    """Format UTC microseconds as ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(text: str) -> int:
    """Parse "90s", "1m30s" or "250ms" into microseconds.

    Raises:
        ValueError: the text is not a duration.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration; write for example 90s or 1m30s")
    return sum(round(float(number) * _UNITS[unit]) for number, unit in parts)
