"""Measure the delay from published to stored at 1,000 readings a second, idle and under continuous HTTP requests.

    python -m bench.latency [--rounds 2]

Busy: an API on the gateway's core is asked for the newest 200 readings without a pause. The reference, in turns, is the
delay of an unchanged paho client from published to received, at the same rate.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path

from bench.alarm import RATE, SECONDS, paho
from bench.figures import at_most, p50_p99
from bench.rig import COMMIT_EVERY, READINGS, ROOT, Gateway, began, begin, kitchen, module, publishing, serving
from tests.brokers import mosquitto

MOST = {"quiet": 30.0, "busy": 100.0}


@contextmanager
def people(data: Path) -> Iterator[None]:
    """Run an API on the gateway's core, and request the newest readings without a pause."""
    with serving(data, data.parent / "api.log") as (_, port):
        command = module("bench.http_client", port, READINGS, 3_600)
        asking = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            asking.kill()
            asking.wait()


def delays(folder: Path, beside: Callable[[Path], AbstractContextManager[object]]) -> list[float]:
    """Return the milliseconds from published to stored of every message. `beside`: runs meanwhile, on the journal."""
    with mosquitto(folder / "broker") as broker, Gateway(folder, kitchen(broker.port)) as gateway:
        with beside(gateway.data), publishing(broker.port, RATE * SECONDS, "--rate", RATE) as publisher:
            increases = gateway.watch(RATE * SECONDS)
            began(publisher)
        published = [at for (at,) in gateway.journal.execute("SELECT measured_at FROM reading ORDER BY seq")]
    steps = pairwise(increases)
    return [moment * 1_000 - at / 1_000 for (before, _), (after, moment) in steps for at in published[before:after]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    begin(f"{RATE:,} readings a second, commit_every {COMMIT_EVERY}")
    with tempfile.TemporaryDirectory() as temporary:
        late: dict[str, list[float]] = {"quiet": [], "busy": []}
        reference: list[float] = []
        for number in range(rounds):
            reference += paho(Path(temporary) / f"paho-{number}")
            for name, beside in (("quiet", nullcontext), ("busy", people)):
                late[name] += delays(Path(temporary) / f"{name}-{number}", beside)
    beside_it = f"stock paho hears it: {p50_p99(reference)[1]:.1f} ms"
    for name, of_round in late.items():
        p50, p99 = p50_p99(of_round)
        print(f"{name}: p50 {p50:.1f}, p99 {p99:.1f}, latest {max(of_round):.1f} ms of {len(of_round):,}")
        at_most(f"published → stored at 1,000/s, {name}, p99 (p50 {p50:.1f} ms)", p99, MOST[name], "ms", beside_it)


if __name__ == "__main__":
    main()
