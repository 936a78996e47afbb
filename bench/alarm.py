"""Measure the delay from a reading above its limit to the alarm in every open page, at 1,000 readings a second.

    python -m bench.alarm [--rounds 2]

Gateway and API with 200 points, the alarm without a delay, 20 open streams. Some 19 readings a second are too warm, and
the next of the same probe is not. The reference, in turns, is an unchanged paho client that receives the same readings
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


def output_of(port: int, command: list[str]) -> list[str]:
    """Start a listener, publish the messages, and return what it prints."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as listener:
        assert listener.stdout is not None
        if listener.stdout.readline() != "ready\n":
            raise SystemExit(f"{command[2]} does not listen")
        with publishing(port, RATE * SECONDS, "--rate", RATE, "--breach-every", BREACH_EVERY):
            out, _ = listener.communicate(timeout=DONE_WITHIN)
    return out.splitlines()


def paho(folder: Path) -> list[float]:
    """Return the milliseconds from each reading that is too warm to the client."""
    with mosquitto(folder / "broker") as broker:
        command = module("bench.paho_listener", broker.port, SECONDS + LATEST)
        return [float(line) for line in output_of(broker.port, command)]


def pages(folder: Path) -> list[float]:
    """Return the milliseconds from each reading that is too warm to its alarm on each stream."""
    with (
        mosquitto(folder / "broker") as broker,
        Gateway(folder, kitchen(broker.port, delays=("0s", "0s"))) as gateway,
    ):
        with serving(gateway.data, folder / "api.log") as (_, port):
            command = module("bench.streams", port, STREAMS, SECONDS + LATEST)
            received = [line.split() for line in output_of(broker.port, command)]
        breaches = gateway.journal.execute(BREACHES, (TOO_WARM,)).fetchall()
    if len(received) != STREAMS * len(breaches):
        raise SystemExit(f"{len(received)} alarms arrived of {len(breaches)} on {STREAMS} streams")
    waiting = {(stream, point): deque[int]() for stream in range(STREAMS) for point, _ in breaches}
    for stream in range(STREAMS):
        for point, at in breaches:
            waiting[stream, point].append(at)
    # The alarm's own time is that of crossing the limit, which is between two readings.
    return [float(now) * 1_000 - waiting[int(stream), point].popleft() / 1_000 for stream, point, now in received]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    begin(f"{RATE:,} readings a second, {STREAMS} streams, commit_every {COMMIT_EVERY}")
    reference: list[float] = []
    alarms: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(rounds):
            reference += paho(Path(temporary) / f"paho-{number}")
            alarms += pages(Path(temporary) / f"pages-{number}")
    ours, theirs = p50_p99(alarms), p50_p99(reference)
    print(f"{len(alarms):,} alarms on streams: p50 {ours[0]:.1f}, p99 {ours[1]:.1f}, latest {max(alarms):.1f} ms")
    print(f"{len(reference):,} such readings received by paho: p50 {theirs[0]:.1f}, p99 {theirs[1]:.1f} ms")
    beside = f"stock paho hears the reading: {theirs[1]:.1f} ms"
    at_most(f"published → alarm on the page's stream, p99 (p50 {ours[0]:.1f} ms)", ours[1], MOST, "ms", beside)


if __name__ == "__main__":
    main()
