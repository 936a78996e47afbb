"""What the chaos tests found, as a table for the terminal and for docs/reliability.md."""

import os
import platform
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, Self

from brokers import need_program
from load import Fate

SHARE = float(os.environ.get("MBG_CHAOS", "0.1"))
"""Of the full count."""
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BROKER, DISK, CLOCK, INFLUX = "broker", "disk", "clock", "InfluxDB"
MARKS = {
    BROKER: ("<!-- written by make chaos -->\n", "<!-- end of what make chaos writes -->\n"),
    DISK: ("<!-- written by make chaos: disk -->\n", "<!-- end of what make chaos writes: disk -->\n"),
    CLOCK: ("<!-- written by make chaos: clock -->\n", "<!-- end of what make chaos writes: clock -->\n"),
    INFLUX: ("<!-- written by make chaos: InfluxDB -->\n", "<!-- end of what make chaos writes: InfluxDB -->\n"),
}
"""Of each section of the page: what stands before and behind its figures."""
DELIVERED_HEAD = "| fault | accepted | stored | delivered | refused | lost | doubled |\n|---|---|---|---|---|---|---|\n"
HEAD = "| fault | probe | accepted | stored | lost | doubled |\n|---|---|---|---|---|---|\n"


class Finding(NamedTuple):
    """What one fault cost."""

    fault: str
    fates: list[Fate]
    notes: Sequence[str] = ()
    section: str = BROKER


class Delivered(NamedTuple):
    """What one fault cost on the way to InfluxDB.

    `refused`: for ever, each with its dead letter; `lost`: in the journal, and neither there nor refused; `doubled`:
    only there.
    """

    fault: str
    accepted: int
    stored: int
    delivered: int
    refused: int
    lost: int
    doubled: int
    note: str

    @classmethod
    def compare(
        cls,
        fault: str,
        *,
        accepted: int,
        stored: Iterable[tuple[str, int, float]],
        delivered: Iterable[tuple[str, int, float]],
        refused: Iterable[tuple[str, int, float]] = (),
        note: str,
    ) -> Self:
        """Readings are point, UTC microseconds and value."""
        wanted, found, never = Counter(stored), Counter(delivered), Counter(refused)
        lost, doubled = wanted - found - never, found - wanted
        counts = (each.total() for each in (wanted, found, never, lost, doubled))
        return cls(fault, accepted, *counts, note)


def delivered_table(found: Iterable[Delivered]) -> str:
    """Markdown."""
    found = list(found)
    rows = [f"| {row.fault} | " + " | ".join(f"{count:,}" for count in row[1:-1]) + " |\n" for row in found]
    notes = [f"- {row.fault}: {row.note}.\n" for row in found]
    return DELIVERED_HEAD + "".join(rows) + "\n" + "".join(notes)


def table(findings: Iterable[Finding]) -> str:
    """Markdown."""
    rows = [
        f"| {finding.fault if first else ''} | {fate.kind} "
        f"| {fate.accepted:,} | {fate.stored:,} | {fate.lost:,} | {fate.doubled:,} |\n"
        for finding in findings
        for first, fate in zip([True, *[False] * len(finding.fates)], finding.fates, strict=False)
    ]
    notes = [f"- {finding.fault}: {note}.\n" for finding in findings for note in finding.notes]
    return HEAD + "".join(rows) + "\n" + "".join(notes)


def machine() -> str:
    """What it ran on: figures of one machine say little about another's."""
    said = subprocess.run([need_program("mosquitto"), "-h"], capture_output=True, text=True, check=False).stdout
    broker = re.search(r"version ([\d.]+)", said)
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, mosquitto {broker[1] if broker else 'unknown'}, "
        f"paho-mqtt {version('paho-mqtt')} as publisher"
    )


def write_page(section: str, figures: str) -> None:
    """Put a section's table where docs/reliability.md has the last one."""
    begin, end = MARKS[section]
    before, _, rest = PAGE.read_text().partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}{figures}\nMeasured on {machine()}.\n{end}{after}")
