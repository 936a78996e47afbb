"""From a reading that is too warm to its alarm in the stream of each open page, at 1,000 readings a second.

    python -m bench.alarm [--rounds 2]

The real gateway and API with 200 points, the alarm without a delay, 20 pages that listen; some 19 readings a second are
too warm, and the next of the same probe is not. Beside it, in turns, a stock paho client that hears the same readings
from the broker and does nothing else.
"""

import argparse
import subprocess
import tempfile
from collections import deque
from pathlib import Path

from bench.figures import at_most, p50_p99
from bench.publisher import TOO_WARM
from bench.rig import COMMIT_EVERY, DONE_WITHIN, ROOT, Gateway, begin, kitchen, module, publishing, serving
from tests.brokers import mosquitto

RATE = 1_000
SECONDS = 12
STREAMS = 20
BREACH_EVERY = 53
"""No divisor of the number of sensors: each of them has its turn."""
LATEST = 3
"""Seconds after the last message in which an alarm may still come."""
MOST = 250.0

BREACHES = (
    "SELECT point.name, measured_at FROM reading JOIN point ON point.id = reading.point WHERE value = ? ORDER BY seq"
)


def heard(port: int, command: list[str]) -> list[str]:
    """What a listener prints that was there before the messages."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as listener:
        assert listener.stdout is not None
        if listener.stdout.readline() != "ready\n":
            raise SystemExit(f"{command[2]} does not listen")
        with publishing(port, RATE * SECONDS, "--rate", RATE, "--breach-every", BREACH_EVERY):
            out, _ = listener.communicate(timeout=DONE_WITHIN)
    return out.splitlines()


def paho(folder: Path) -> list[float]:
    """Milliseconds from each reading that is too warm to the client."""
    with mosquitto(folder / "broker") as broker:
        return [float(line) for line in heard(broker.port, module("bench.paho_hears", broker.port, SECONDS + LATEST))]


def pages(folder: Path) -> list[float]:
    """Milliseconds from each reading that is too warm to each stream that tells its alarm."""
    with (
        mosquitto(folder / "broker") as broker,
        Gateway(folder, kitchen(broker.port, delays=("0s", "0s"))) as gateway,
    ):
        with serving(gateway.data, folder / "api.log") as (_, port):
            told = [
                line.split() for line in heard(broker.port, module("bench.streams", port, STREAMS, SECONDS + LATEST))
            ]
        breaches = gateway.journal.execute(BREACHES, (TOO_WARM,)).fetchall()
    if len(told) != STREAMS * len(breaches):
        raise SystemExit(f"{len(told)} alarms were told of {len(breaches)} on {STREAMS} streams")
    waiting = {(stream, point): deque[int]() for stream in range(STREAMS) for point, _ in breaches}
    for stream in range(STREAMS):
        for point, at in breaches:
            waiting[stream, point].append(at)
    # The alarm itself says when the limit was crossed, which lies between two readings.
    return [float(now) * 1_000 - waiting[int(stream), point].popleft() / 1_000 for stream, point, now in told]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    begin(f"{RATE:,} readings a second, {STREAMS} streams, commit_every {COMMIT_EVERY}")
    known: list[float] = []
    told: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(rounds):
            known += paho(Path(temporary) / f"paho-{number}")
            told += pages(Path(temporary) / f"pages-{number}")
    ours, theirs = p50_p99(told), p50_p99(known)
    print(f"{len(told):,} alarms told on streams: p50 {ours[0]:.1f}, p99 {ours[1]:.1f}, latest {max(told):.1f} ms")
    print(f"{len(known):,} such readings heard by paho: p50 {theirs[0]:.1f}, p99 {theirs[1]:.1f} ms")
    beside = f"stock paho hears the reading: {theirs[1]:.1f} ms"
    at_most(f"published → alarm on the page's stream, p99 (p50 {ours[0]:.1f} ms)", ours[1], MOST, "ms", beside)


if __name__ == "__main__":
    main()
