"""A whole kitchen whose InfluxDB repeats the token in each of its errors: it stands nowhere that anybody can read."""

import base64
from pathlib import Path

import pytest
from brokers import free_port
from echo_server import echo
from load import plan
from rig import Rig
from stored_hours import iso, measure

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

HOUR = 3_600_000_000
TOKEN = "s3cret/of+the-kitchen=="
NO_ANSWER = {"gateway": {"connected": False}}
SERVED = ("health", "kitchen", "readings", "alarms?state=all", "devices", "openapi.json")


def test_a_token_is_in_no_log_no_event_no_file_and_no_answer(tmp_path: Path) -> None:
    with echo() as server:
        server.statuses = [401]
        delivery = (
            f"delivery: {{influxdb: {{api: v2, url: '{server.url}', bucket: b, org: o, token_env: MBG_TOKEN}}}}\n"
        )
        with Rig(tmp_path, plan(free_port()) + delivery) as rig:
            measure(rig.data, rig.now() // HOUR * HOUR - 40 * HOUR)
            rig.start_gateway(env={"MBG_TOKEN": TOKEN})
            rig.start("api", "api", "--data", rig.data, "--port", rig.port, env={"MBG_TOKEN": TOKEN})
            rig.until(
                "the API has heard the gateway", lambda: (rig.get("/api/health") or NO_ANSWER)["gateway"]["connected"]
            )
            rig.until("the refusal is an alarm", lambda: refused(rig))
            old = f"/api/points/timed/chart?from={iso(0)}&to={iso(HOUR)}".replace("+", "%2B")
            url = f"http://127.0.0.1:{rig.port}"
            answers = [rig.http.request("GET", f"{url}/api/{path}").data for path in SERVED]
            away = rig.http.request("GET", url + old)
            assert rig.stop("gateway") == 0
            files = {path.name: path.read_bytes() for path in (*rig.data.glob("journal.db*"), rig.log)}
    assert away.status == 503
    assert b"does not let us read (401)" in away.data
    assert b"refused the token (401)" in files["gateway.log"]
    for text in (*answers, away.data, *files.values()):
        for form in (TOKEN.encode(), base64.b64encode(TOKEN.encode())):
            assert form not in text


def refused(rig: Rig) -> bool:
    alarms = (rig.get("/api/alarms?state=all") or {}).get("alarms", [])
    return any(alarm["level"] == "influxdb_refused" for alarm in alarms)
