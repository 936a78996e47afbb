"""Measure how fast messages that waited in the broker are stored, beside a paho client that only acknowledges.

    python -m bench.catch_up [--rounds 3] [--messages 100000]

Each program subscribes and disconnects; the messages are published; it reconnects. The rate counts from its first
message to the last one stored or acknowledged, without the start. Broker, publisher and this program are on one core,
the program under test on another. Both take turns; every round has a new broker and journal. Memory: resident when
idle, and the highest while it catches up.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.figures import at_least
from bench.rig import DONE_WITHIN, Gateway, Process, begin, kitchen, module, publishing
from tests.brokers import mosquitto

REST = 2.0
"""Seconds until a program is idle after its start."""


class Round(NamedTuple):
    """The result of one program."""

    rate: float  # messages a second
    idle: float  # MB, resident
    peak: float


def queue(port: int, count: int) -> None:
    with publishing(port, count) as publisher:
        publisher.communicate(timeout=DONE_WITHIN)


def paho_round(folder: Path, count: int) -> Round:
    with mosquitto(folder / "broker") as broker:
        command = module("bench.paho_sink", broker.port, count)
        with Process(command, folder / "first") as sink:
            sink.wait_for("ready")
            time.sleep(REST)
            idle = sink.memory
        queue(broker.port, count)
        with Process(command, folder / "second") as sink:
            first, last = map(float, sink.wait_for(".", DONE_WITHIN).split())
            return Round(count / (last - first), idle, sink.peak)


def gateway_round(folder: Path, count: int, commit_every: str) -> Round:
    with mosquitto(folder / "broker") as broker:
        with Gateway(folder, kitchen(broker.port, commit_every)) as gateway:
            time.sleep(REST)
            idle = gateway.process.memory
        queue(broker.port, count)
        with Gateway(folder, kitchen(broker.port, commit_every)) as gateway:
            seen = gateway.watch(count)
            # The first commit observed may be the second: its readings are left out of both count and time.
            (already, first), (stored, last) = seen[1], seen[-1]
            return Round((stored - already) / (last - first), idle, gateway.process.peak)


def report(name: str, rounds: list[Round]) -> Round:
    middle = Round(*(median(column) for column in zip(*rounds, strict=True)))
    print(f"{name:42}{middle.rate:10,.0f}{middle.idle:10.0f}{middle.peak:10.0f}")
    return middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--commit-every", default="250ms", help="journal.commit_every (%(default)s)")
    args = parser.parse_args()
    begin(f"{args.messages:,} messages that waited, commit_every {args.commit_every}")
    paho: list[Round] = []
    gateway: list[Round] = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(args.rounds):
            paho.append(paho_round(Path(temporary) / f"paho-{number}", args.messages))
            gateway.append(gateway_round(Path(temporary) / f"gateway-{number}", args.messages, args.commit_every))
            print(f"round {number + 1}: paho {paho[-1].rate:,.0f}/s, gateway {gateway[-1].rate:,.0f}/s", flush=True)
    print(f"\n{'median of the rounds':42}{'msg/s':>10}{'idle MB':>10}{'peak MB':>10}")
    reference = report("paho-mqtt, acknowledges only", paho)
    ours = report("gateway, stored, then acknowledged", gateway)
    print(f"{'gateway, MB above idle':42}{ours.peak - ours.idle:30.0f}")
    rates = f"{ours.rate:,.0f}/s beside {reference.rate:,.0f}/s of a stock paho"
    at_least("catch-up after an outage", ours.rate / reference.rate, 1.0, "×", rates)


if __name__ == "__main__":
    main()
