"""Start, memory, latency, HTTP, sealed bytes and delivery to InfluxDB, at 200 points.

    PYTHONPATH=tests python -m bench.house [--rounds 3]

The program under test has one core, everything else the other; what has a reference takes turns with it in one run.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import sin
from pathlib import Path
from statistics import median, quantiles

import urllib3

from bench.http_client import rate
from bench.ingest import DONE_WITHIN, READY_WITHIN, ROOT, Gateway, Process, delays, kitchen, publishing, use_core
from bench.publisher import SENSORS
from gateway.delivery.line_protocol import line
from gateway.journal.chunk import HOUR, Row
from gateway.journal.sealed import chunk_of, rollup_of
from tests.brokers import free_port, mosquitto
from tests.influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd

SECONDS = 4.0
COMMIT_EVERY = "2ms"
DELIVERED = 60_000
POINTS_A_POST = 2_000
PATH = "/api/readings"


def say(what: str, figure: str) -> None:
    print(f"{what:64}{figure}", flush=True)


@contextmanager
def serving(data: Path, log: Path) -> Iterator[tuple[Process, int]]:
    """The API on a free port."""
    port = free_port()
    api = Process([sys.executable, "-m", "api", "--data", str(data), "--port", str(port)], log)
    try:
        answered(port)
        yield api, port
    finally:
        api.end()


def answered(port: int) -> float:
    """The moment of the first answer with status 200."""
    http, deadline = urllib3.PoolManager(retries=False), time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            if http.request("GET", f"http://127.0.0.1:{port}{PATH}").status == 200:
                return time.time()
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.005)
    raise SystemExit("the API does not answer")


def start(folder: Path) -> tuple[float, float, float]:
    """Seconds from the start to the first reading stored, to the first answer of the API; MB of both at rest."""
    with mosquitto(folder / "broker") as broker, publishing(broker.port, 6_000, 500) as publisher:
        began = time.time()
        gateway = Gateway(folder, broker.port, COMMIT_EVERY)
        while gateway.stored() == 0:
            time.sleep(0.002)
        stored = time.time() - began
        began = time.time()
        with serving(gateway.data, folder / "api.log") as (api, port):
            answer = answered(port) - began
            publisher.communicate(timeout=DONE_WITHIN)
            memory = gateway.process.memory + api.memory
        gateway.end()
    return stored, answer, memory


def http(folder: Path, rounds: int) -> tuple[float, float, int]:
    """Answers a second of our newest 200 readings, and of an app that returns as many constant bytes; their size."""
    with mosquitto(folder / "broker") as broker:
        gateway = Gateway(folder, broker.port, COMMIT_EVERY)
        with publishing(broker.port, SENSORS * 5) as publisher:
            publisher.communicate(timeout=DONE_WITHIN)
        gateway.watch(SENSORS * 5)
        with serving(gateway.data, folder / "api.log") as (_, port):
            size = rate(port, PATH, 0.5)[1]
            reference_port = free_port()
            command = [sys.executable, "-m", "bench.constant_app", str(reference_port), str(size)]
            reference = Process(command, folder / "constant.log")
            answered(reference_port)
            ours, constant = [], []
            for _ in range(rounds):
                ours.append(rate(port, PATH, SECONDS)[0])
                constant.append(rate(reference_port, PATH, SECONDS)[0])
            reference.end()
        gateway.end()
    return median(ours), median(constant), size


@contextmanager
def people(data: Path) -> Iterator[None]:
    """An API on the gateway's core that is asked for the newest readings without a pause."""
    with serving(data, data.parent / "api.log") as (_, port):
        command = [sys.executable, "-m", "bench.http_client", str(port), PATH, "3600"]
        asking = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            asking.kill()
            asking.wait()


def sealed(commit_every: int) -> tuple[float, float]:
    """Bytes a reading of an hour's chunks and of its roll-ups: 200 noisy probes, a reading each 5 s by their own clock.

    All readings of a transaction share its moment. `commit_every` in microseconds.
    """
    dice = random.Random(7)
    begin = 1_795_500_000_000_000 // HOUR * HOUR
    second = 1_000_000
    sent = sorted(
        (begin + turn * 5 * second + point * 25_000 + dice.randrange(5_000), point, turn)
        for point in range(SENSORS)
        for turn in range(720)
    )
    rows: dict[int, list[Row]] = {}
    jitter: dict[int, int] = {}
    for seq, (moment, point, turn) in enumerate(sent, start=1_000_000):
        place = moment // commit_every
        committed = (place + 1) * commit_every + jitter.setdefault(place, dice.randrange(3_000))
        value = round(4 + 1.5 * sin(turn / 60 + point) + dice.gauss(0, 0.15), 1)
        measured = begin + turn * 5 * second + point
        rows.setdefault(point, []).append(Row(seq, measured, committed, value, 2, None, None, None, None, 0))
    chunks = sum(len(chunk_of(point, begin, 1, each).body) for point, each in rows.items())
    minutes = sum(len(bytes(rollup_of(point, begin, each)[-1])) for point, each in rows.items())  # type: ignore[arg-type]
    return chunks / len(sent), minutes / len(sent)


def delivery(folder: Path) -> tuple[float, float]:
    """Points a second that arrive of a journal that nobody fetched yet, and that a bare POST of such lines makes."""
    with mosquitto(folder / "broker") as broker, influxd(folder) as server:
        gateway = Gateway(folder, broker.port, COMMIT_EVERY)
        with publishing(broker.port, DELIVERED) as publisher:
            publisher.communicate(timeout=DONE_WITHIN)
        gateway.watch(DELIVERED)
        gateway.end()
        delivering = Process(delivering_command(folder, broker.port, server.url), folder / "log")
        ours = arriving(server)
        delivering.end()
        # The bare client gets the core that the gateway had.
        use_core(1)
        raw = posted(server)
        use_core(0)
        return ours, raw


def delivering_command(folder: Path, port: int, influx: str) -> list[str]:
    """The gateway over the same journal, with an InfluxDB to deliver to."""
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    settings = json.loads(kitchen(port, COMMIT_EVERY))
    there = {"api": "v1", "url": influx, "database": DATABASE, "username": USER, "password_file": str(secret)}
    settings["delivery"] = {"influxdb": there}
    config = folder / "kitchen.yaml"
    config.write_text(json.dumps(settings))
    return [sys.executable, "-m", "gateway", "--config", str(config), "--data", str(folder / "data")]


def arriving(server: Influxd) -> float:
    """Points a second as InfluxDB counts them, from the first look that finds some to the last."""
    first: tuple[int, float] | None = None
    deadline = time.monotonic() + DONE_WITHIN
    while time.monotonic() < deadline:
        series = server.query('SELECT count("quality") FROM "reading"')
        count = int(series[0]["values"][0][1]) if series else 0  # type: ignore[index]
        if count and first is None:
            first = (count, time.monotonic())
        if first and count >= DELIVERED:
            return (count - first[0]) / (time.monotonic() - first[1])
        time.sleep(0.005)
    raise SystemExit("not everything was delivered")


def posted(server: Influxd) -> float:
    """Points a second of the server alone: the lines are there before it begins."""
    at = time.time_ns() // 1_000
    lines = [
        line("bench", f"raw-{number % SENSORS:03d}", measured_at=at + number, value=3.5, quality=2)
        for number in range(DELIVERED)
    ]
    posts = ["\n".join(lines[begin : begin + POINTS_A_POST]) for begin in range(0, DELIVERED, POINTS_A_POST)]
    began = time.monotonic()
    for post in posts:
        if server.write(post) != 204:
            raise SystemExit("influxd refuses the lines")
    return DELIVERED / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    use_core(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for commit_every in (2_000, 250_000):
            chunk, minutes = sealed(commit_every)
            what = f"sealed bytes a reading, commit_every {commit_every // 1_000} ms (of it roll-ups)"
            say(what, f"{chunk + minutes:.2f} ({minutes:.2f})")
        stored, answer, memory = map(median, zip(*(start(folder / f"start-{n}") for n in range(rounds)), strict=True))
        say("start → first reading stored", f"{stored:.2f} s")
        say("start → first answer of the API", f"{answer:.2f} s")
        say("resident memory, gateway + api", f"{memory:.0f} MB")
        ours, constant, size = http(folder / "http", rounds)
        say(f"newest 200 readings ({size:,} bytes), answers a second", f"{ours:,.0f}")
        say("an app that returns a constant of that size", f"{constant:,.0f} (ratio {ours / constant:.2f})")
        for name, late in (
            ("quiet", delays(folder / "quiet", COMMIT_EVERY)),
            ("busy", delays(folder / "busy", COMMIT_EVERY, people)),
        ):
            cuts = quantiles(late, n=100)
            what = f"published → stored at 1,000/s, commit_every {COMMIT_EVERY}, {name}"
            say(what, f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")
        ours, raw = delivery(folder / "influx")
        say("delivery to InfluxDB 1.6, points a second", f"{ours:,.0f}")
        say("bare POST of such lines, 2,000 each", f"{raw:,.0f} (ratio {ours / raw:.2f})")


if __name__ == "__main__":
    main()
