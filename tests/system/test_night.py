"""A night in the simulated kitchen: serial lines, broker, gateway and API as they run in a kitchen."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import free_port, mosquitto
from rig import Rig

pytestmark = pytest.mark.system

SPEED = 30.0
KITCHEN = "sppg-cimahi-03"
MINUTE = 60_000_000
ON_DELAY = 90_000_000


class Night(Rig):
    """The rig with the simulated kitchen, driven by hand."""

    def simulate(self, broker_port: int) -> None:
        self.start(
            "simulators",
            *("simulators", "kitchen", "--scenario", "quiet", "--folder", self.data, "--kitchen", KITCHEN),
            *("--broker", f"127.0.0.1:{broker_port}", "--control", self.data / "sim.sock"),
            *("--truth", self.folder / "truth.jsonl", *self.clock),
        )
        self.until("the simulators answer", self._simulators_answer)

    def _simulators_answer(self) -> bool:
        try:
            return bool(self.do(ask="state"))
        except OSError:
            return False

    def do(self, **order: Any) -> dict[str, Any]:
        """Have the simulators do something."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.data / "sim.sock"))
            line.sendall(json.dumps(order).encode() + b"\n")
            answer: dict[str, Any] = json.loads(line.makefile().readline())
            return answer


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with mosquitto(tmp_path / "broker") as broker:
        plan = plan_of(tmp_path, broker.port)
        with Night(tmp_path, plan, speed=SPEED) as night:
            night.plan.write_text(plan.replace(str(tmp_path), str(night.data)))
            night.simulate(broker.port)
            night.start_gateway()
            night.start_api()
            yield night


def plan_of(folder: Path, broker_port: int) -> str:
    from importlib import resources

    text = resources.files("simulators.scenarios").joinpath("demo.kitchen.yaml").read_text()
    for name, value in {
        "{kitchen}": KITCHEN,
        "{folder}": str(folder),
        "{broker_port}": str(broker_port),
        "{api_port}": str(free_port()),
    }.items():
        text = text.replace(name, value)
    return text


def alarms(night: Night, control: str) -> dict[str, dict[str, Any]]:
    """What the API says of a control's alarms, by level."""
    told = night.get("/api/alarms?state=all") or {"alarms": []}
    return {alarm["level"]: alarm for alarm in reversed(told["alarms"]) if alarm["control"] == control}


def state_is(night: Night, state: str, level: str = "critical") -> Callable[[], bool]:
    return lambda: alarms(night, "ccp-chiller-1").get(level, {}).get("state") == state


def test_a_door_left_open_alarms_after_its_delay_is_acknowledged_and_returns_when_it_is_closed(night: Night) -> None:
    night.until("wires and broker are read", lambda: night.count("SELECT count(DISTINCT point) FROM reading") >= 8)
    night.until("the chiller is cold", lambda: night.count(COLD) > 0)
    assert alarms(night, "ccp-chiller-1") == {}
    night.do(do={"door": "open", "device": "chiller-1"})
    night.until("the alarm has come", state_is(night, "UNACKNOWLEDGED"))
    ((alarm, started, raised, known),) = night.rows(
        "SELECT id, started_at, raised_at, known_at FROM alarm WHERE level = 'critical'"
    )
    assert raised == started + ON_DELAY <= known < raised + MINUTE
    beyond = night.rows(
        "SELECT min(measured_at) FROM reading JOIN point ON point.id = point WHERE name = 'chiller-1-air' AND value > 5"
    )[0][0]
    assert started <= beyond
    status, answer = night.post("/api/commands/acknowledge", {"alarm": alarm, "who": "siti", "note": "pintu ditutup"})
    assert (status, answer["state"], answer["acknowledged_by"]) == (200, "ACKNOWLEDGED", "siti")
    night.do(do={"door": "closed", "device": "chiller-1"})
    night.until("it has returned to normal", state_is(night, "NORMAL"))
    events = [kind for (kind,) in night.rows("SELECT kind FROM event WHERE json_extract(body, '$.id') = ?", alarm)]
    assert events == ["alarm_raised", "alarm_acknowledged", "alarm_returned"]


COLD = "SELECT count(*) FROM reading JOIN point ON point.id = point WHERE name = 'chiller-1-air' AND value < 4"


def test_a_delivery_of_25_kg_is_a_receipt_of_25_kg_and_what_is_taken_is_an_issue(night: Night) -> None:
    def kinds() -> list[tuple[str, str]]:
        told = night.get("/api/stock/movements") or {"movements": []}
        return [(movement["kind"], movement["quantity"]) for movement in reversed(told["movements"])]

    night.until("the bin is known", lambda: kinds() == [("opening", "40.00")])
    night.do(do={"deliver": {"item": "rice", "kg": 25.0}, "device": "rice-scale"})
    night.until("the receipt is booked", lambda: kinds()[1:] == [("receipt", "25.00")])
    night.do(do={"issue": {"item": "rice", "kg": 7.5}, "device": "rice-scale"})
    night.until("the issue is booked", lambda: kinds()[2:] == [("issue", "7.50")])
    on_hand = {each["item"]: each["on_hand"] for each in night.get("/api/stock")["stock"]}
    assert on_hand["rice"] == "57.50"
    before_after = night.rows("SELECT before_weight, after_weight FROM movement WHERE kind = 'receipt'")
    assert before_after == [("40.00", "65.00")]


def test_a_scale_whose_line_disappears_and_returns_goes_on_with_one_line_down_and_one_up(night: Night) -> None:
    weighed = "SELECT count(*) FROM reading JOIN point ON point.id = point WHERE name = 'rice-scale-weight'"
    night.until("it weighs", lambda: night.count(weighed) > 10)
    night.do(do={"unplug": "rice-scale"})
    night.until("the loss is told", lambda: not link(night, "rice-scale")["up"])
    lost_at = night.count(weighed)
    night.do(do={"replug": "rice-scale"})
    night.until("it weighs again", lambda: night.count(weighed) > lost_at + 10)
    assert link(night, "rice-scale")["up"]
    said = [line for line in night.log.read_text().splitlines() if "rice-scale" in line and "drivers.links" in line]
    assert [("WARNING" in line or "ERROR" in line) for line in said] == [False, True, False], "\n".join(said)


def link(night: Night, name: str) -> dict[str, Any]:
    links = night.get("/api/health")["links"]
    return next(link for link in links if name in link["name"])


def test_a_probe_that_dies_is_told_as_one_that_gives_no_data_and_is_not_shown_as_normal(night: Night) -> None:
    night.until("it is read", lambda: shown(night, "bainmarie-2-food")["state"] == "normal")
    night.do(do={"probe": "die", "device": "bainmarie-2"})
    night.until("the alarm has come", lambda: night.count("SELECT count(*) FROM alarm WHERE kind = 'stale'") == 1)
    assert night.rows("SELECT point, priority FROM alarm WHERE kind = 'stale'") == [("bainmarie-2-food", "high")]
    assert shown(night, "bainmarie-2-food")["state"] in ("stale", "fault")
    night.do(do={"probe": "revive", "device": "bainmarie-2"})
    night.until("it is read again", lambda: shown(night, "bainmarie-2-food")["state"] == "normal")


def shown(night: Night, point: str) -> dict[str, Any]:
    told = night.get("/api/readings") or {"points": []}
    return next((one for one in told["points"] if one["id"] == point), {"state": "nothing told"})
