"""Messages on the kitchen's broker: alarms for a siren, and points and alarms for Home Assistant."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from gateway_rig import MINUTE, NOW, PLAN, SECOND, GatewayRig

from gateway.delivery.home_assistant.publisher import PUBLISH_EVERY

HOT, COLD = 9.5, 3.5
STATE = "mbg-gateway/k1/point/c1-air"
PROBLEM = "mbg-gateway/k1/problem/ccp-c1"
SYSTEM = "mbg-gateway/k1/problem/system"
ALARMS = "mbg/k1/alarm/"


@pytest.fixture
def rig(tmp_path: Path) -> GatewayRig:
    plan = PLAN.replace("mqtt: {}", "mqtt: {home_assistant: homeassistant}")
    rig = GatewayRig(tmp_path, plan.replace("interval: 1m}", "interval: 1m, range: [-40, 80]}"))
    rig.link(up=True)
    rig.turn()
    return rig


def measure(rig: GatewayRig, value: float, *, minutes: int = 1) -> None:
    for _ in range(minutes):
        rig.measure(value)
        rig.run(60, step=1)


def state(rig: GatewayRig) -> dict[str, Any]:
    published: dict[str, Any] = json.loads(rig.broker.retained[STATE])
    return published


def alarms(rig: GatewayRig) -> dict[str, dict[str, Any]]:
    """The alarms that are retained, by topic; an empty message is no retained one."""
    return {
        topic: json.loads(payload)
        for topic, payload in rig.broker.retained.items()
        if topic.startswith(ALARMS) and payload
    }


def acknowledge(rig: GatewayRig) -> None:
    ((identity,),) = rig.rows("SELECT id FROM alarm WHERE level = 'critical'")
    rig.command("acknowledge", alarm=identity)
    rig.turn(0.25)


def test_everything_is_announced_when_the_broker_is_there(rig: GatewayRig) -> None:
    announced = [topic for topic in rig.broker.retained if topic.startswith("homeassistant/")]
    assert sorted(announced) == [
        "homeassistant/binary_sensor/k1_ccp-c1/config",
        "homeassistant/binary_sensor/k1_system/config",
        "homeassistant/sensor/k1_c1-air/config",
        "homeassistant/sensor/k1_s1-weight/config",
    ]
    assert rig.broker.retained["mbg-gateway/k1/status"] == b"online"
    assert rig.broker.retained[PROBLEM] == b"OFF"
    assert STATE not in rig.broker.retained, "a point without a reading has no state"


def test_a_home_assistant_that_has_started_gets_everything_again(rig: GatewayRig) -> None:
    measure(rig, COLD)
    rig.broker.retained.clear()
    rig.publish(b"offline", topic="homeassistant/status")
    rig.turn(0.25)
    assert not rig.broker.retained
    rig.publish(b"online", topic="homeassistant/status")
    rig.turn(0.25)
    assert "homeassistant/sensor/k1_c1-air/config" in rig.broker.retained
    assert state(rig)["value"] == COLD


def test_a_points_state_is_published_at_most_every_five_seconds_and_the_last_one_always(rig: GatewayRig) -> None:
    values = []
    for number in range(40):
        rig.measure(number / 10)
        rig.turn(0.5)
        values.append(state(rig)["value"])
    assert len(set(values)) == 20 / PUBLISH_EVERY
    rig.run(PUBLISH_EVERY)
    assert state(rig)["value"] == 3.9


def test_a_value_that_cannot_be_trusted_is_unknown_in_home_assistant(rig: GatewayRig) -> None:
    measure(rig, COLD)
    rig.measure(-127)
    rig.run(PUBLISH_EVERY)
    assert state(rig) == {"value": None, "quality": "uncertain", "reason": "out_of_range"}


def test_a_critical_limit_sets_the_problem_of_its_control_until_it_is_over(rig: GatewayRig) -> None:
    measure(rig, HOT, minutes=7)
    assert (rig.broker.retained[PROBLEM], rig.broker.retained[SYSTEM]) == (b"ON", b"OFF")
    measure(rig, COLD, minutes=3)
    assert rig.broker.retained[PROBLEM] == b"OFF", "what is over is no problem, acknowledged or not"


def test_a_silent_probe_is_a_problem_of_the_controls_that_it_guards(rig: GatewayRig) -> None:
    measure(rig, COLD)
    rig.run(5 * 60, step=1)
    assert rig.broker.retained[PROBLEM] == b"ON"
    assert rig.broker.retained[SYSTEM] == b"OFF", "the scale is silent, too, but guards nothing"


def test_a_siren_sounds_until_the_alarm_is_acknowledged(rig: GatewayRig) -> None:
    measure(rig, HOT, minutes=7)
    (topic,) = (topic for topic, alarm in alarms(rig).items() if alarm["level"] == "critical")
    assert alarms(rig)[topic]["sound"] is True
    acknowledge(rig)
    assert alarms(rig)[topic]["sound"] is False


def test_an_alarm_has_iso_times_for_programs_that_are_not_ours(rig: GatewayRig) -> None:
    measure(rig, HOT, minutes=7)
    (alarm,) = (alarm for alarm in alarms(rig).values() if alarm["level"] == "critical")
    raised_at = datetime.fromisoformat(alarm["raised_at"])
    assert raised_at.tzinfo is not None
    assert 5 * MINUTE <= raised_at.timestamp() * SECOND - NOW <= 6 * MINUTE, "on_delay is five minutes"


def test_an_alarm_that_is_over_and_acknowledged_is_retained_no_more(rig: GatewayRig) -> None:
    measure(rig, HOT, minutes=7)
    acknowledge(rig)
    measure(rig, COLD, minutes=3)
    assert not [alarm for alarm in alarms(rig).values() if alarm["level"] == "critical"]


def test_an_alarm_that_a_broker_kept_from_before_is_deleted_there(rig: GatewayRig) -> None:
    rig.broker.retained[ALARMS + "old"] = b"{}"
    rig.publish(b"{}", topic=ALARMS + "old", retain=True)
    rig.turn(0.25)
    assert rig.broker.retained[ALARMS + "old"] == b""


def test_an_active_alarm_that_the_broker_sends_back_stays(rig: GatewayRig) -> None:
    measure(rig, HOT, minutes=7)
    (topic,) = (topic for topic, alarm in alarms(rig).items() if alarm["level"] == "critical")
    rig.publish(rig.broker.retained[topic], topic=topic, retain=True)
    rig.turn(0.25)
    assert topic in alarms(rig)


def test_a_broker_that_is_back_gets_all_active_alarms_again(rig: GatewayRig) -> None:
    measure(rig, HOT, minutes=7)
    before = alarms(rig)
    rig.broker.retained.clear()
    rig.link(up=False)
    rig.turn(1)
    rig.link(up=True)
    rig.turn(1)
    assert set(before) <= set(alarms(rig))
    assert rig.broker.retained[PROBLEM] == b"ON"
