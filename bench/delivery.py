"""Measure points a second from an undelivered journal to InfluxDB, beside a bare POST of such lines.

PYTHONPATH=.:tests python -m bench.delivery
"""

import tempfile
import time
from pathlib import Path

from bench.figures import figure
from bench.publisher import SENSORS
from bench.rig import DONE_WITHIN, Gateway, Process, begin, kitchen, module, publishing, use_core
from gateway.delivery.influxdb.line_protocol import line
from tests.brokers import mosquitto
from tests.influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd

DELIVERED = 60_000
POINTS_A_POST = 2_000


def delivery(folder: Path) -> tuple[float, float]:
    """Return points a second of the delivery, and of a bare POST of such lines."""
    with mosquitto(folder / "broker") as broker, influxd(folder) as server:
        with Gateway(folder, kitchen(broker.port)) as gateway:
            with publishing(broker.port, DELIVERED) as publisher:
                publisher.communicate(timeout=DONE_WITHIN)
            gateway.watch(DELIVERED)
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        there = {"api": "v1", "url": server.url, "database": DATABASE, "username": USER, "password_file": str(secret)}
        config = folder / "kitchen.yaml"
        config.write_text(kitchen(broker.port, delivery={"influxdb": there}))
        with Process(module("gateway", "--config", config, "--data", gateway.data), folder / "log"):
            ours = arriving(server)
        # The bare client gets the core that the gateway had.
        use_core(1)
        raw = posted(server)
        use_core(0)
        return ours, raw


def arriving(server: Influxd) -> float:
    """Return points a second as InfluxDB counts them, from the first query that finds some to the last."""
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
    """Return points a second of the server alone: the lines are prepared before."""
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
    begin(f"{DELIVERED:,} readings")
    with tempfile.TemporaryDirectory() as temporary:
        ours, raw = delivery(Path(temporary))
    beside = f"bare POST of such lines, {POINTS_A_POST:,} each: {raw:,.0f}/s, ratio {ours / raw:.2f}"
    figure("delivery to InfluxDB 1.6", f"{ours:,.0f}/s", beside=beside)


if __name__ == "__main__":
    main()
