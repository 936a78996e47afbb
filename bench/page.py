"""Run the measurements, short ones first, and write docs/performance.md: a table of the figures, then each output.

    python -m bench.page [--out docs/performance.md] [--keep FOLDER] [part ...]

Without parts all of them. One that fails is named on the page, and the exit status is 1.
"""

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from bench.rig import ROOT


class Part(NamedTuple):
    """One measurement, and its title on the page."""

    module: str
    title: str
    arguments: tuple[str, ...] = ()


PARTS = (
    Part("first_load", "First load of the page"),
    Part("decode", "Decoding"),
    Part("rules", "Rules", ("--rounds", "1200")),
    Part("stock", "Movements of a scale", ("--runs", "300")),
    Part("sealed", "Sealed hours"),
    Part("start", "Start and memory"),
    Part("latest", "Newest readings over HTTP"),
    Part("latency", "From published to stored"),
    Part("alarm", "From published to the alarm on the page"),
    Part("ingest", "Messages in", ("--messages", "40000")),
    Part("catch_up", "After an outage", ("--messages", "60000")),
    Part("delivery", "Delivery to InfluxDB"),
    Part("thingsboard", "Another gateway"),
    Part("chart", "A day's chart among 20 million readings"),
)

HEAD = """# Performance

`make bench` writes this page: what the measurements said in one run, on {now} UTC, in {minutes:.0f} minutes.
{machine}; {cores} cores, of which other programs used some (load before the run: {load:.1f}); Python {python}, SQLite
{sqlite}, paho-mqtt {paho}, FastAPI {fastapi}, uvicorn {uvicorn}, {mosquitto}.

Seconds of one machine say little, and on a machine that is shared a single 99th percentile says less: look at what
stands beside a figure, which took turns with it in the same run (but for the delivery, whose bare POST comes after
ours). Nothing here was measured on a Raspberry Pi. What is lost or doubled when something is killed:
[reliability.md](reliability.md).

## Figures

| what | measured | to reach | reached | beside it, in the same run |
|---|---|---|---|---|
{figures}

## How

200 points, each with a holding control; readings are our own SenML over MQTT QoS 1. The program under test has one
core; the broker (mosquitto with [our limits](../deploy/mosquitto/limits.conf)), the publisher and what measures have
another. `make bench-alarm` runs one part alone and prints it; `make help` lists them, `python -m bench.alarm --help`
says what it does, `BENCH_ARGS` passes options. The gateway of ThingsBoard is measured where it is installed, in an
environment of its own: `make bench THINGSBOARD=/where/it/is/bin/python`. The journal of the chart is built anew in a
temporary folder (700 MB); `make bench-chart BENCH_ARGS="--keep FOLDER"` keeps it.
"""


def output_of(part: Part, *more: str) -> tuple[str, bool]:
    """Run a measurement; return its output, and whether it succeeded."""
    command = [sys.executable, "-m", f"bench.{part.module}", *part.arguments, *more]
    # The tests' servers import their neighbours by bare names.
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    if running.returncode:
        lines.append(f"ended with status {running.returncode}")
    return "\n".join(lines).strip("\n"), running.returncode == 0


def figures(texts: Iterable[str]) -> str:
    """Return the rows of the table from all lines that bench.figures printed."""
    return "\n".join(f"|{line[1:]} |" for text in texts for line in text.splitlines() if line.startswith("= "))


def section(part: Part, output: str) -> str:
    """Return a measurement's section of the page."""
    command = " ".join(("python -m", f"bench.{part.module}", *part.arguments))
    shown = "\n".join(line for line in output.splitlines() if not line.startswith("= "))
    return f"## {part.title}\n\n`{command}`\n\n```\n{shown}\n```\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--keep", help="as for bench.chart: saves the time to build the journal again")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(part.module for part in PARTS)}")
    args = parser.parse_args()
    load, start = os.getloadavg()[0], time.monotonic()
    outputs: dict[Part, tuple[str, bool]] = {}
    for part in PARTS:
        if not args.parts or part.module in args.parts:
            print(f"\n{part.title} ({time.monotonic() - start:.0f} s)", flush=True)
            folder = ("--keep", args.keep) if args.keep and part.module == "chart" else ()
            outputs[part] = output_of(part, *folder)
    head = HEAD.format(
        now=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        minutes=(time.monotonic() - start) / 60 + 0.5,
        machine=machine(),
        cores=os.cpu_count(),
        load=load,
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        paho=version("paho-mqtt"),
        fastapi=version("fastapi"),
        uvicorn=version("uvicorn"),
        mosquitto=mosquitto_version(),
        figures=figures(text for text, _ in outputs.values()),
    )
    args.out.write_text("\n".join([head, *(section(part, text) for part, (text, _) in outputs.items())]))
    return 0 if all(succeeded for _, succeeded in outputs.values()) else 1


def machine() -> str:
    """Return system, kind of processor, memory."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{platform.system()}, {platform.machine()}, {model}, {memory:.0f} GB"


def mosquitto_version() -> str:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    help_text = subprocess.run(["mosquitto", "-h"], env={"PATH": path}, capture_output=True, text=True, check=False)
    return help_text.stdout.splitlines()[0].replace(" version", "")


if __name__ == "__main__":
    sys.exit(main())
