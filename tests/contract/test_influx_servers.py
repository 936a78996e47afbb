"""What a sink relies on, asked of the server in memory, of InfluxDB 1.6.7 (v1) and of VictoriaMetrics (v2) alike."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import influx_servers
import pytest
from brokers import free_port
from influx_fakes import START, FakeServer, Settings

from gateway.delivery.influxdb.line_protocol import heartbeat, line
from gateway.delivery.influxdb.server import InfluxServer, SinkServer

Kept = Callable[[], dict[str, float]]
"""What is stored: point → its newest value."""

KINDS = ("fake", "influxdb 1.6.7", "victoria-metrics")


@pytest.fixture(params=KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[SinkServer, Kept]]:
    """A server, and a look at what it keeps."""
    monkeypatch.setenv("MBG_TEST_PASSWORD", influx_servers.PASSWORD)
    with ExitStack() as stack:
        match request.param:
            case "fake":
                fake = FakeServer()
                yield fake, lambda: kept_by_fake(fake)
                return
            case "influxdb 1.6.7":
                influxd = stack.enter_context(influx_servers.influxd(tmp_path))
                settings = Settings("v1", influxd.url, "mbg", username="gateway", password_env="MBG_TEST_PASSWORD")
                kept = partial(latest, influxd.readings)
            case _:
                victoria = stack.enter_context(influx_servers.victoria_metrics(tmp_path))
                settings = Settings("v2", victoria.url + "/", None, bucket="mbg", org="sppg")
                kept = partial(latest, partial(victoria.samples, "reading_value"))
        real = InfluxServer(settings)
        stack.callback(real.close)
        real.greet()
        yield real, kept  # type: ignore[misc]


def latest(rows_by_point: Callable[[], dict[str, list[tuple[int, float]]]]) -> dict[str, float]:
    """The latest value of each point."""
    return {point: rows[-1][1] for point, rows in rows_by_point().items()}


def kept_by_fake(fake: FakeServer) -> dict[str, float]:
    return {
        series.rpartition("=")[2]: float(fields.split(",")[0].removeprefix("value="))
        for (series, _), fields in sorted(fake.readings().items())
    }


def reading(point: str, value: float, at: int = START) -> str:
    return line("sppg-cimahi-03", point, measured_at=at, value=value, quality=2)


def test_a_heartbeat_and_many_lines_at_once_are_taken(server: tuple[SinkServer, Kept]) -> None:
    sender, kept = server
    assert sender.write(heartbeat("sppg-cimahi-03", START)).status == 204
    assert sender.write("\n".join(reading(f"p{n}", n / 10) for n in range(50))).status == 204
    assert kept() == {f"p{n}": n / 10 for n in range(50)}


def test_the_same_lines_sent_again_change_nothing(server: tuple[SinkServer, Kept]) -> None:
    sender, kept = server
    lines = "\n".join(reading("air", n / 10, START + n * 1000) for n in range(50))
    assert [sender.write(lines).status for _ in range(3)] == [204] * 3
    assert kept() == {"air": 4.9}


def test_a_server_that_is_not_there_is_an_answer_not_an_exception(server: tuple[SinkServer, Kept]) -> None:
    nobody = InfluxServer(Settings("v1", f"http://127.0.0.1:{free_port()}", "mbg"))
    assert nobody.greet() == "nobody"
    answer = nobody.write(reading("air", 1.0))
    assert answer.status is None
    assert "refused" in answer.text
