"""Runs the measurements, cheap ones first, and writes docs/performance.md with what they said.

python -m bench.page [--out docs/performance.md]
"""

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from bench.ingest import ROOT


class Part(NamedTuple):
    """A measurement of its own, what stands above it, and what its figures are to reach."""

    title: str
    module: str
    arguments: tuple[str, ...]
    reach: str


PARTS = (
    Part("Decoding", "bench.decode", (), "No aim: it tells when decoding becomes slow."),
    Part(
        "Rules",
        "bench.rules",
        ("--rounds", "1200"),
        "To reach: 15 µs a reading for the controls alone, 200 sensors with all of them.",
    ),
    Part(
        "Messages in",
        "bench.ingest",
        ("--rounds", "3", "--messages", "40000"),
        "To reach: as many messages a second as the client that only acknowledges, for as little CPU.",
    ),
    Part(
        "After an outage",
        "bench.catch_up",
        ("--rounds", "3", "--messages", "60000"),
        "To reach: as fast as the same client.",
    ),
    Part(
        "The whole house",
        "bench.house",
        ("--rounds", "3"),
        "To reach: 2.0 bytes a reading, roll-ups included; first reading within 1 s, first answer within 1.5 s; "
        "130 MB; 3,000 answers a second; published → stored p99 30 ms quiet, 100 ms busy (people ask without a pause). "
        "Delivery has no aim, it stands beside the bare POST.",
    ),
)

HEAD = """# Performance

`make bench` writes this page: what the measurements said in one run, on {now} UTC. {machine}; {cores} cores, of which
other programs used some (load before the run: {load:.1f}); Python {python}, SQLite {sqlite}, paho-mqtt {paho}, FastAPI
{fastapi}, uvicorn {uvicorn}.

Seconds of one machine say little, and on a machine that is shared a single 99th percentile says less: look at ratios,
whose two sides took turns in the same run, but for the delivery, where the bare POST came after ours. Nothing here was
measured on a Raspberry Pi.

Not measured yet: published → alarm in the page's stream, a day's chart among 20 million readings, thingsboard-gateway.
"""


def said_by(part: Part) -> str:
    """What it prints. SystemExit when it fails."""
    command = [sys.executable, "-m", part.module, *part.arguments]
    # The tests' servers find their neighbours by their bare names.
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout, flush=True)
    if done.returncode:
        raise SystemExit(f"{part.module} ended with {done.returncode}")
    return done.stdout.strip("\n")


def head() -> str:
    return HEAD.format(
        now=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        machine=f"{platform.system()}, {platform.machine()}",
        cores=os.cpu_count(),
        load=os.getloadavg()[0],
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        paho=version("paho-mqtt"),
        fastapi=version("fastapi"),
        uvicorn=version("uvicorn"),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    out = parser.parse_args().out
    page = [head()]
    for part in PARTS:
        shown = " ".join(("python -m", part.module, *part.arguments))
        page.append(f"## {part.title}\n\n`{shown}`. {part.reach}\n\n```\n{said_by(part)}\n```\n")
    out.write_text("\n".join(page))


if __name__ == "__main__":
    main()
