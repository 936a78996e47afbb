"""Measure answers a second for the newest 200 readings, beside an app that returns as many constant bytes.

    python -m bench.latest [--rounds 3]

One connection and one worker each; both take turns.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from bench.figures import at_least
from bench.http_client import rate
from bench.publisher import SENSORS
from bench.rig import DONE_WITHIN, READINGS, Gateway, Process, answered, begin, kitchen, module, publishing, serving
from tests.brokers import free_port, mosquitto

SECONDS = 4.0
LEAST = 3_000
FED = SENSORS * 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    begin(f"{SECONDS:g} s a round")
    with (
        tempfile.TemporaryDirectory() as temporary,
        mosquitto((folder := Path(temporary)) / "broker") as broker,
        Gateway(folder, kitchen(broker.port)) as gateway,
    ):
        with publishing(broker.port, FED) as publisher:
            publisher.communicate(timeout=DONE_WITHIN)
        gateway.watch(FED)
        with serving(gateway.data, folder / "api.log") as (_, port):
            size = rate(port, READINGS, 0.5)[1]
            constant_port = free_port()
            ours, constant = [], []
            with Process(module("bench.constant_app", constant_port, size), folder / "constant.log"):
                answered(constant_port)
                for _ in range(rounds):
                    ours.append(rate(port, READINGS, SECONDS)[0])
                    constant.append(rate(constant_port, READINGS, SECONDS)[0])
    middle, theirs = median(ours), median(constant)
    beside = f"an app that returns such a constant: {theirs:,.0f}/s, ratio {middle / theirs:.2f}"
    at_least(f"newest 200 readings over HTTP ({size:,} bytes)", middle, LEAST, "/s", beside)


if __name__ == "__main__":
    main()
