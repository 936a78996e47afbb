"""What InfluxDB loses is found a day later and sent again: real gateway, real InfluxDB, the day by the one clock."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from brokers import free_port
from influx_servers import DATABASE, PASSWORD, USER, influxd
from load import plan
from rig import Rig
from stored_hours import EACH, HOUR, HOURS, iso, measure

from gateway.cli.verify import main as verify
from gateway.delivery.influxdb.line_protocol import line

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

DELIVERY = (
    "delivery: {{influxdb: {{api: v1, url: '{url}', database: {database}, username: {user}, "
    "password_file: {secret}}}}}\n"
)
COMPARED_AT = "SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'compared_at:influxdb'"
DIFFERS = "SELECT body FROM event WHERE kind = 'delivery_differs'"


def test_an_hour_that_is_deleted_in_influxdb_is_back_after_the_next_comparison(tmp_path: Path) -> None:
    (tmp_path / "influx").mkdir()
    with influxd(tmp_path / "influx") as server:
        server.query(f"GRANT ALL ON {DATABASE} TO {USER}")
        secret = tmp_path / "secret"
        secret.write_text(PASSWORD)
        delivery = DELIVERY.format(url=server.url, database=DATABASE, user=USER, secret=secret)
        with Rig(tmp_path, plan(free_port()) + delivery) as rig:
            began = (rig.now() // HOUR - HOURS) * HOUR
            measure(rig.data, began)
            rig.start_gateway()
            rig.until("the first comparison is done", lambda: rig.count(COMPARED_AT))
            rig.kill("gateway")
            whole = server.readings()
            assert sum(map(len, whole.values())) == 2 * HOURS * EACH
            hour = began + 38 * HOUR
            server.query(f"DELETE FROM reading WHERE time >= {hour * 1000} AND time < {(hour + HOUR) * 1000}")
            server.query(f"""DELETE FROM reading WHERE "point" = 'steady' AND time = {(hour + HOUR) * 1000}""")
            first = rig.count(COMPARED_AT)
            rig.start("gateway", "gateway", "--config", rig.plan, "--data", rig.data, *a_day_later(rig.now()))
            rig.until("the next comparison is done", lambda: rig.count(COMPARED_AT) > first)
            rig.until("all is there again", lambda: server.readings() == whole)
            ((body,),) = rig.rows(DIFFERS)
            assert rig.stop("gateway") == 0
            assert verify([str(rig.data), "--refold"]) == 0
    assert json.loads(body) == {
        "hours": [
            {"from": hour, "journal": 2 * EACH, "influxdb": 0, "missing": 2 * EACH, "points": 2},
            {"from": hour + HOUR, "journal": EACH, "influxdb": EACH - 1, "missing": 1, "points": 1},
        ],
        "points": ["steady", "timed"],
    }
    assert "201 readings of 2 hours were missing there and are sent again" in rig.log.read_text()
    assert PASSWORD not in rig.log.read_text()


def a_day_later(now: int) -> list[str]:
    """The settings of a clock that shows the same time tomorrow."""
    tomorrow = datetime.fromtimestamp((now + 24 * HOUR) / 1e6, UTC).isoformat()
    return ["--clock-start", tomorrow, "--clock-speed", "1", "--clock-origin", f"{time.time():.6f}"]


def test_the_api_reads_in_influxdb_what_is_older_than_the_journal(tmp_path: Path) -> None:
    (tmp_path / "influx").mkdir()
    with influxd(tmp_path / "influx") as server:
        server.query(f"GRANT ALL ON {DATABASE} TO {USER}")
        delivery = DELIVERY.format(url=server.url, database=DATABASE, user=USER, secret="secret")
        (tmp_path / "secret").write_text(PASSWORD)
        with Rig(tmp_path, plan(free_port()) + delivery) as rig:
            began = (rig.now() // HOUR - HOURS) * HOUR
            measure(rig.data, began)
            old = [line("k1", "timed", measured_at=began - HOUR + n, value=float(n), quality=2) for n in range(5)]
            assert server.write("\n".join(old)) == 204
            rig.start_gateway()
            rig.start_api()
            span = {"from": iso(began - HOUR), "to": iso(began + HOUR), "spans": 2}
            path = f"/api/points/timed/chart?{urlencode(span)}"
            rig.until("the API has heard the gateway", lambda: rig.get(path) is not None)
            told = rig.get(path)
    assert [values for _, *values in told["spans"]] == [[0, 4, 2], [0, 9.9, pytest.approx(4.95)]]
    assert [part["source"] for part in told["parts"]] == ["influxdb", "journal"]
