"""What the chaos tests found, as a table for the terminal and for docs/reliability.md."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from brokers import need_program
from load import Fate

SHARE = float(os.environ.get("MBG_CHAOS", "0.1"))
"""Of the full count."""
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BROKER, DISK = "broker", "disk"
MARKS = {
    BROKER: ("<!-- written by make chaos -->\n", "<!-- end of what make chaos writes -->\n"),
    DISK: ("<!-- written by make chaos: disk -->\n", "<!-- end of what make chaos writes: disk -->\n"),
}
"""Of each section of the page: what stands before and behind its figures."""
HEAD = "| fault | probe | accepted | stored | lost | doubled |\n|---|---|---|---|---|---|\n"


class Finding(NamedTuple):
    """What one fault cost."""

    fault: str
    fates: list[Fate]
    notes: Sequence[str] = ()
    section: str = BROKER


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


def write_page(section: str, findings: Iterable[Finding]) -> None:
    """Put a section's figures where docs/reliability.md has the last ones."""
    begin, end = MARKS[section]
    before, _, rest = PAGE.read_text().partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}{table(findings)}\nMeasured on {machine()}.\n{end}{after}")
