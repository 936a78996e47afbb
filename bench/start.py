"""Measure how long gateway and API take to start, and their memory at 200 points.

    python -m bench.start [--rounds 3]

The reference in the same run: an unchanged paho client until it has subscribed, a FastAPI app of one route until its
first answer, and the memory of the two.
"""

import argparse
import tempfile
import time
from compileall import compile_dir
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.figures import at_most
from bench.rig import READY_WITHIN, ROOT, Gateway, Process, answered, begin, kitchen, module, publishing, serving
from tests.brokers import free_port, mosquitto

RATE = 500
"""Readings a second, from before the start on."""
FED_FOR = 4.0
REST = 1.0
"""Seconds with readings, then without, before the memory is measured."""


class Round(NamedTuple):
    """Seconds until the first reading and the first answer, and MB of both programs together when nearly idle."""

    stored: float
    answer: float
    memory: float


def ours(folder: Path) -> Round:
    with (
        mosquitto(folder / "broker") as broker,
        publishing(broker.port, round(RATE * READY_WITHIN), "--rate", RATE) as publisher,
        Gateway(folder, kitchen(broker.port)) as gateway,
    ):
        gateway.watch(1)
        stored = time.time()
        with serving(gateway.data, folder / "api.log") as (api, port):
            answer = answered(port)
            time.sleep(FED_FOR)
            publisher.terminate()
            time.sleep(REST)
            memory = gateway.process.memory + api.memory
    return Round(stored - gateway.process.began, answer - api.began, memory)


def bare(folder: Path) -> Round:
    port = free_port()
    with (
        mosquitto(folder / "broker") as broker,
        Process(module("bench.paho_sink", broker.port, 1), folder / "sink") as sink,
    ):
        sink.wait_for("ready")
        ready = time.time()
        with Process(module("bench.constant_app", port, 1_000), folder / "app") as app:
            answer = answered(port)
            return Round(ready - sink.began, answer - app.began, sink.memory + app.memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    begin("200 points, bytecode as setup leaves it")
    for package in ("drivers", "gateway", "api"):
        compile_dir(ROOT / package, quiet=1)
    with tempfile.TemporaryDirectory() as temporary:
        turns = [
            (ours(Path(temporary) / f"ours-{number}"), bare(Path(temporary) / f"bare-{number}"))
            for number in range(rounds)
        ]
    gateway, stock = (Round(*map(median, zip(*side, strict=True))) for side in zip(*turns, strict=True))
    at_most("start → first reading stored", gateway.stored, 1.0, "s", f"stock paho subscribed: {stock.stored:.2f} s")
    at_most("start → first answer of the API", gateway.answer, 1.5, "s", f"FastAPI, one route: {stock.answer:.2f} s")
    at_most("memory, gateway + API", gateway.memory, 130, "MB", f"paho + FastAPI, one route: {stock.memory:.0f} MB")


if __name__ == "__main__":
    main()
