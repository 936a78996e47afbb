"""What Home Assistant is told: only keys that its documentation knows, and states that never look better than they are.

Keys: Home Assistant documentation, "MQTT Sensor" and "MQTT binary sensor", configuration variables; "MQTT", section
"MQTT discovery" for device and origin.
"""

import json
import re
from pathlib import Path

import pytest

from gateway.config import Config, parse
from gateway.delivery.home_assistant.topics import CLASS_AND_UNIT, announcements, point_state
from gateway.monitoring.points.point import Latest

COMMON = {
    *("availability", "availability_mode", "availability_template", "availability_topic", "device", "device_class"),
    *("enabled_by_default", "encoding", "entity_category", "entity_picture", "expire_after", "force_update", "icon"),
    *("json_attributes_template", "json_attributes_topic", "name", "object_id", "origin", "payload_available"),
    *("payload_not_available", "platform", "qos", "state_topic", "unique_id", "value_template"),
}
KEYS = {
    "sensor": COMMON
    | {"last_reset_value_template", "options", "state_class", "suggested_display_precision", "unit_of_measurement"},
    "binary_sensor": COMMON | {"off_delay", "payload_off", "payload_on"},
}
DEVICE_KEYS = {
    *("configuration_url", "connections", "hw_version", "identifiers", "manufacturer", "model", "model_id", "name"),
    *("serial_number", "suggested_area", "sw_version", "via_device"),
}
ORIGIN_KEYS = {"name", "support_url", "sw_version"}
CONFIG: Config = parse(
    (Path(__file__).parents[3] / "examples" / "kitchen.yaml").read_text(encoding="utf-8"), Path("kitchen.yaml")
)
ANNOUNCED = dict(announcements(CONFIG, "homeassistant"))


@pytest.mark.parametrize("topic", ANNOUNCED)
def test_only_documented_keys_are_announced_on_topics_of_the_documented_form(topic: str) -> None:
    found = re.fullmatch(r"homeassistant/(sensor|binary_sensor)/[a-zA-Z0-9_-]+/config", topic)
    assert found is not None
    description = ANNOUNCED[topic]
    assert set(description) <= KEYS[found[1]]
    assert set(description["device"]) <= DEVICE_KEYS
    assert set(description["origin"]) <= ORIGIN_KEYS
    assert {"state_topic", "unique_id", "name"} <= set(description)
    json.dumps(description)


def test_every_point_and_control_is_announced_once_under_an_id_of_its_own() -> None:
    assert len(ANNOUNCED) == len(CONFIG.points) + len(CONFIG.control_points) + 1
    assert len({description["unique_id"] for description in ANNOUNCED.values()}) == len(ANNOUNCED)


def test_units_are_those_of_the_device_class() -> None:
    for point in CONFIG.points:
        description = ANNOUNCED[f"homeassistant/sensor/{CONFIG.kitchen.id}_{point.id}/config"]
        assert (description.get("device_class"), description["unit_of_measurement"]) == CLASS_AND_UNIT[point.quantity]
        assert description["expire_after"] * 1_000_000 >= point.stale_after


@pytest.mark.parametrize(("quality", "value"), [(2, 3.5), (1, None), (0, None)])
def test_a_value_that_cannot_be_trusted_is_told_as_unknown(quality: int, value: float | None) -> None:
    state = point_state(Latest(0, 3.5 if quality else None, quality, "out_of_range", None, None))
    assert state["value"] == value
