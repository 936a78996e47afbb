"""Sensors announced for Home Assistant are read; what strangers announce is never run, and never another's."""

import json
from contextlib import suppress

import pytest
from format_cases import check, rows, sound
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DecodeError
from drivers.formats.home_assistant.discovery import MOST_ANNOUNCED, HaDiscovery

CONFIG = "homeassistant/sensor/%s/config"


@pytest.mark.parametrize(("format_id", "case"), rows("ha-discovery"))
def test_case(format_id, case):
    check(format_id, case)


def announce(driver, name, **more):
    config = {"state_topic": f"s/{name}", "device_class": "temperature", "unique_id": name} | more
    driver.decode(CONFIG % name, json.dumps(config).encode())


def test_what_to_subscribe_to_follows_what_is_announced():
    driver = HaDiscovery()
    announce(driver, "a", availability_topic="up")
    announce(driver, "b", availability_topic="up")
    assert driver.topics[2:] == ("s/a", "s/b", "up")
    driver.decode(CONFIG % "a", b"")
    assert driver.topics[2:] == ("s/b", "up")
    assert driver.status("up", b"online") is True
    assert driver.status("up", b"offline") is False
    assert driver.status("s/b", b"online") is None


def test_announcements_that_never_end_do_not_fill_the_memory():
    driver = HaDiscovery()
    for number in range(MOST_ANNOUNCED):
        announce(driver, f"n{number}")
    with pytest.raises(DecodeError, match="those that are gone must be taken away"):
        announce(driver, "more")
    assert driver.decode("s/n0", b"4.0")


KEYS = [
    "state_topic", "unique_id", "uniq_id", "device_class", "unit_of_measurement", "value_template", "val_tpl", "avty",
    "availability", "availability_topic", "avty_mode", "~", "device", "dev", "origin", "o", "components", "cmps", "p",
    "platform", "topic", "t", "a",
]  # fmt: skip
TEXTS = [
    "s", "up", "~/s", "temperature", "humidity", "°C", "°F", "%", "{{ value }}", "{{ value_json.a }}", "sensor", "all",
    "4.0", "nan", "online", "offline",
]  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(TEXTS), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=7)),
    max_leaves=20,
)
LIKELY = st.fixed_dictionaries(
    {"stat_t": st.sampled_from(["s", "up"]), "dev_cla": st.sampled_from(["temperature", "humidity"])},
    optional=dict.fromkeys(KEYS, JSON),
)
TOPICS = [CONFIG % "x", CONFIG % "n/x", "homeassistant/device/x/config", "s", "up", "homeassistant/status"]
MESSAGES = st.lists(st.tuples(st.sampled_from(TOPICS), st.one_of(LIKELY, JSON, st.binary(max_size=20))), max_size=6)


@pytest.mark.fuzz
@given(MESSAGES, st.booleans())
def test_any_messages_are_readings_or_refused(messages, retain):
    driver = HaDiscovery()
    for topic, message in messages:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        assert driver.status(topic, payload) in {None, True, False}
        with suppress(DecodeError):
            assert all(map(sound, driver.decode(topic, payload, retain=retain)))
        assert not any(wild in each for each in driver.topics[2:] for wild in "+#")


@given(st.text(alphabet="{} value_json.a['b']|floatround(1)x\"%", max_size=60))
def test_a_template_is_read_or_refused(template):
    driver = HaDiscovery()
    with suppress(DecodeError):
        announce(driver, "x", value_template=template)
    with suppress(DecodeError):
        assert all(map(sound, driver.decode("s/x", b'{"a":{"b":4},"b":4}')))
