"""Measure how fast MQTT messages are stored and acknowledged, beside a paho client that only acknowledges.

    python -m bench.ingest [--rounds 3] [--messages 60000] [--commit-every 20ms]

The gateway process with 200 points and a holding control each. Absolute figures depend on the machine, so both take
turns in the same run: compare the ratios. Every round has a new broker and journal. CPU is user and system time of the
program under test.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.figures import at_least, at_most
from bench.rig import DONE_WITHIN, Gateway, Process, began, begin, kitchen, module, publishing
from tests.brokers import mosquitto


class Round(NamedTuple):
    """The result of one program."""

    rate: float  # messages a second, from the first published to the last stored or acknowledged
    cpu: float  # microseconds a message
    memory: float  # MB, resident


def paho_round(folder: Path, count: int) -> Round:
    with (
        mosquitto(folder / "broker") as broker,
        Process(module("bench.paho_sink", broker.port, count), folder / "log") as sink,
    ):
        sink.wait_for("ready")
        before = sink.cpu
        with publishing(broker.port, count) as publisher:
            first = began(publisher)
        last = float(sink.wait_for(".", DONE_WITHIN).split()[1])
        return Round(count / (last - first), (sink.cpu - before) / count * 1e6, sink.memory)


def gateway_round(folder: Path, count: int, commit_every: str) -> Round:
    with mosquitto(folder / "broker") as broker, Gateway(folder, kitchen(broker.port, commit_every)) as gateway:
        before = gateway.process.cpu
        with publishing(broker.port, count) as publisher:
            first = began(publisher)
        last = gateway.watch(count)[-1][1]
        cpu = (gateway.process.cpu - before) / count * 1e6
        return Round(count / (last - first), cpu, gateway.process.memory)


def report(name: str, rounds: list[Round]) -> Round:
    middle = Round(*(median(column) for column in zip(*rounds, strict=True)))
    print(f"{name:42}{middle.rate:10,.0f}{middle.cpu:10.1f}{middle.memory:10.0f}")
    return middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--commit-every", default="20ms", help="journal.commit_every (%(default)s)")
    args = parser.parse_args()
    begin(f"{args.messages:,} messages a round, commit_every {args.commit_every}")
    paho: list[Round] = []
    gateway: list[Round] = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(args.rounds):
            paho.append(paho_round(Path(temporary) / f"paho-{number}", args.messages))
            gateway.append(gateway_round(Path(temporary) / f"gateway-{number}", args.messages, args.commit_every))
            print(f"round {number + 1}: paho {paho[-1].rate:,.0f}/s, gateway {gateway[-1].rate:,.0f}/s", flush=True)
    print(f"\n{'median of the rounds':42}{'msg/s':>10}{'CPU µs':>10}{'RSS MB':>10}")
    theirs = report("paho-mqtt, acknowledges only", paho)
    ours = report("gateway, stored, then acknowledged", gateway)
    rates = f"{ours.rate:,.0f}/s beside {theirs.rate:,.0f}/s of a stock paho"
    at_least("MQTT QoS 1 in → stored, then acknowledged", ours.rate / theirs.rate, 1.0, "×", rates)
    cpu = f"{ours.cpu:.1f} µs beside {theirs.cpu:.1f} µs"
    at_most("CPU a message, the same", ours.cpu / theirs.cpu, 1.0, "×", cpu)


if __name__ == "__main__":
    main()
