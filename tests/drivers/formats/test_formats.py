"""Messages of MQTT devices: cases as data, and nothing that a broker delivers does more than be refused."""

import json
import math
import re
from datetime import UTC, datetime, timedelta

import pytest
from driver_cases import FOLDER
from hypothesis import given
from hypothesis import strategies as st
from offline_formats import build, decode

from drivers.contract import RejectedRecord
from drivers.errors import ConfigurationError, DecodeError
from drivers.formats.common.memory import REMEMBERED
from drivers.reading import UNIT_OF, Flag, Reading
from drivers.registry import DRIVERS, MessageEntry

TESTED_APART = {"senml-json", "ha-discovery", "sparkplug"}
FORMATS = [
    name
    for name, driver in DRIVERS.items()
    if isinstance(driver, MessageEntry) and not driver.binary and name not in TESTED_APART
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SETTINGS = {
    "generic-json": {"map": {"id": "id", "temperature": "a.0.t", "humidity": "h", "battery": "b", "time": "time"}},
    "esphome": {"map": {"kitchen/probe": "temperature"}},
    "chirpstack-v4": {"codec": "milesight"},
    "tts-v3": {"codec": "dragino-lht65n"},
}


def rows(format_id):
    return [json.loads(line) for line in (FOLDER / f"{format_id}.jsonl").read_text("utf-8").splitlines()]


CASES = [pytest.param(name, case, id=f"{name}: {case['name']}") for name in FORMATS for case in rows(name)]


def shown(reading: Reading) -> dict[str, object]:
    """What a case writes down: sensor, quantity, value, and whatever is not as usual."""
    assert reading.unit == UNIT_OF[reading.quantity]
    at = reading.measured_at
    unusual = {
        "time": None if at is None else (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z"),
        "battery": reading.battery,
        "quality": None if reading.quality.name == "GOOD" else reading.quality.name.lower(),
        "reason": reading.reason,
        "flags": "|".join(flag.name or "" for flag in Flag if flag & reading.flags) or None,
    }
    usual = {"sensor": reading.sensor, "quantity": reading.quantity.value, "value": reading.value}
    return usual | {name: value for name, value in unusual.items() if value is not None}


@pytest.mark.parametrize(("format_id", "case"), CASES)
def test_case(format_id, case):
    driver = build(format_id, case.get("settings", {}))
    for topic, payload in case.get("context", ()):
        driver.decode(topic, payload.encode())
    payload = bytes.fromhex(case["hex"]) if "hex" in case else case["payload"].encode()
    if "error" in case:
        with pytest.raises(DecodeError, match=case["says"]) as caught:
            driver.decode(case["topic"], payload)
        assert caught.value.reason == case["error"]
        return
    results = driver.decode(case["topic"], payload, retain=case.get("retain", False))
    assert [shown(each) for each in results if isinstance(each, Reading)] == case["expect"]
    assert [each.text for each in results if isinstance(each, RejectedRecord)] == case.get("said", [])


TOPICS = {
    **{name: sorted({case["topic"] for case in rows(name)}) for name in FORMATS},
    "generic-json": ["any/topic"],
    "tasmota": ["tele/board/SENSOR", "tele/board/STATE", "tele/board/LWT", "stat/board/STATUS8", "tele/board/INFO3"],
    "zigbee2mqtt": ["zigbee2mqtt/chiller", "zigbee2mqtt/chiller/availability", "zigbee2mqtt/bridge/state"],
    "shelly-gen1": [
        "shellies/x/sensor/temperature",
        "shellies/x/ext_temperature/0",
        "shellies/x/ext_temperatures",
        "shellies/x/info",
        "shellies/x/online",
    ],
    "shelly-gen2": ["x/events/rpc", "x/status/temperature:0", "x/online"],
    "esphome": ["kitchen/sensor/probe/state", "kitchen/status"],
    "theengs": ["home/gw/BTtoMQTT/AABB", "home/gw/LWT"],
    "chirpstack-v4": ["application/1/device/0101010101010101/event/up", "application/1/device/01/event/status"],
    "tts-v3": ["v3/app@t/devices/dev1/up"],
}
"""On which a format is sent anything; where none are named, those of its cases."""
# Keys that the formats read, to be mixed as no device would.
KEYS = re.findall(
    r"\S+",
    """
    Time Epoch TempUnit DS18B20-1 DS18B20 Id Temperature Humidity Weight Error Battery RSSI Wifi Signal StatusSNS
    MAX31855 temperature humidity pressure voltage battery linkquality last_seen state
    src method params ts temperature:100 devicepower:0 sys unixtime tC tF rh errors percent
    id tempc tempc2 tempf hum batt volt rssi encr weight unit
    time deviceInfo devEui data object fPort rxInfo batteryLevel history timestamp
    end_device_ids dev_eui device_id received_at uplink_message decoded_payload frm_payload f_port rx_metadata
    tmp bat wifi_sta 0 1 a t h b
    """,
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(
        ["23.5", "NULL", "F", "C", "online", "NotifyStatus", "2021-06-27T15:03:44+02:00", "gkHe", "AXVcA2c0AQ=="]
    ),
    st.text(max_size=8),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)),
    max_leaves=20,
)
MESSAGES = st.lists(st.tuples(st.integers(0, 4), st.one_of(st.binary(max_size=64), JSON)), min_size=1, max_size=4)


def decoded(driver, topic, payload, *, retain=False):
    """What the message gives; nothing when it is refused, as it may be."""
    try:
        return driver.decode(topic, payload, retain=retain)
    except DecodeError:
        return []


@pytest.mark.fuzz
@pytest.mark.parametrize("format_id", FORMATS)
@given(messages=MESSAGES, retain=st.booleans())
def test_any_messages_are_readings_or_refused(format_id, messages, retain):
    driver = build(format_id, SETTINGS.get(format_id, {}))
    topics = TOPICS[format_id]
    for which, message in messages:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        topic = topics[which % len(topics)]
        assert driver.status(topic, payload) in {None, True, False}
        for each in decoded(driver, topic, payload, retain=retain):
            if isinstance(each, Reading):
                assert (each.value is None) == (each.quality.name == "BAD")
                assert each.value is None or math.isfinite(each.value)
                assert (each.reason is None) == (each.quality.name == "GOOD")
                assert each.battery is None or 0 <= each.battery <= 100
                assert each.measured_at is None or 946_684_800_000_000 <= each.measured_at < 2**58


@pytest.mark.parametrize("format_id", FORMATS)
@given(topic=st.text(alphabet="abtele/SENSORzigbe2mqtshc_0+#", max_size=40), payload=st.binary(max_size=40))
def test_no_topic_does_more_than_be_refused(format_id, topic, payload):
    driver = build(format_id, SETTINGS.get(format_id, {}))
    driver.status(topic, payload)
    decoded(driver, topic, payload)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b'{"a":' * 9 + b"1" + b"}" * 9, "nested deeper than 8"),
        (b" " * 65_537, "65537 bytes, more than 65536"),
        (b'{"temperature":1,"a":"\xff"}', "no UTF-8"),
        (b'{"temperature":NaN}', "NaN is no JSON number"),
        (b'{"temperature":-Infinity}', "-Infinity is no JSON number"),
        (b'{"temperature":1e99999999999999999999}', "no JSON"),
        (b'{"temperature":3.4', "cut short"),
        (b"[3.4]", "no JSON object"),
        (b"3,4", "no JSON"),
    ],
)
def test_a_message_that_is_no_reading_says_why(payload, says):
    with pytest.raises(DecodeError, match=f"zigbee2mqtt/chiller: .*{says}"):
        decode("zigbee2mqtt", "zigbee2mqtt/chiller", payload)


@pytest.mark.parametrize("value", ["true", "false", '"3.4"', '"3,4"', "[3.4]", "{}", "1e301"])
@pytest.mark.parametrize(
    ("format_id", "topic", "message"),
    [
        ("zigbee2mqtt", "zigbee2mqtt/chiller", '{"temperature":%s}'),
        ("tasmota", "tele/board/SENSOR", '{"DS18B20":{"Temperature":%s}}'),
        ("shelly-gen2", "x/status/temperature:100", '{"tC":%s}'),
        ("theengs", "home/gw/BTtoMQTT", '{"id":"AA","tempc":%s}'),
        ("generic-json", "t", '{"id":"x","a":[{"t":%s}]}'),
    ],
)
def test_what_is_no_number_is_no_value(format_id, topic, message, value):
    (reading,) = decode(format_id, topic, (message % value).encode(), settings=SETTINGS.get(format_id, {}))
    assert isinstance(reading, Reading)
    assert (reading.value, reading.quality.name, reading.reason) == (None, "BAD", "malformed")


@given(st.decimals(min_value=-100, max_value=300, places=2))
def test_a_value_is_the_decimal_of_the_text(value):
    (reading,) = decode("zigbee2mqtt", "zigbee2mqtt/chiller", f'{{"temperature":{value}}}'.encode())
    assert isinstance(reading, Reading)
    assert reading.value == float(value)


@given(st.integers(-1000, 5000))
def test_a_tenth_of_a_degree_comes_back_from_fahrenheit(tenths):
    """°C ×1.8 + 32 has two decimals: no digit is lost on the way back."""
    fahrenheit = (tenths * 18 + 3200) / 100
    payload = f'{{"AM2301":{{"Temperature":{fahrenheit:.2f}}},"TempUnit":"F"}}'.encode()
    (reading,) = decode("tasmota", "tele/board/SENSOR", payload)
    assert isinstance(reading, Reading)
    assert reading.value == tenths / 10


@pytest.mark.parametrize(
    ("format_id", "topic", "payload", "online", "device"),
    [
        ("tasmota", "tele/board/LWT", b"Online", True, "board"),
        ("tasmota", "tele/board/LWT", b"Offline", False, "board"),
        ("tasmota", "tele/board/LWT", b"online", None, "board"),
        ("tasmota", "tele/board/STATE", b"Offline", None, "board"),
        ("zigbee2mqtt", "zigbee2mqtt/cold/store/availability", b'{"state":"offline"}', False, "cold/store"),
        ("zigbee2mqtt", "zigbee2mqtt/chiller/availability", b"online", True, "chiller"),
        ("zigbee2mqtt", "zigbee2mqtt/chiller/availability", b'{"state":7}', None, "chiller"),
        ("zigbee2mqtt", "zigbee2mqtt/bridge/state", b'{"state":"offline"}', False, ""),
        ("shelly-gen1", "shellies/shelly1-AABBCC/online", b"true", True, "shelly1-AABBCC"),
        ("shelly-gen1", "shellies/shelly1-AABBCC/online", b"false", False, "shelly1-AABBCC"),
        ("shelly-gen2", "kitchen/ht/online", b"false", False, "kitchen/ht"),
        ("esphome", "kitchen/status", b"offline", False, "kitchen"),
        ("theengs", "home/gw/LWT", b"online", True, ""),
        ("generic-json", "any/status", b"offline", None, "any/status"),
        ("chirpstack-v4", "application/1/device/AB01/event/up", b"offline", None, "ab01"),
    ],
)
def test_a_device_says_that_it_is_there_or_its_last_will_that_it_is_not(format_id, topic, payload, online, device):
    driver = build(format_id)
    assert driver.status(topic, payload) is online
    assert driver.device(topic) == device


def test_a_board_that_sleeps_is_not_lost_when_it_is_offline():
    driver = build("tasmota")
    driver.decode("tele/board/INFO3", b'{"Info3":{"RestartReason":"Deep-Sleep Wake"}}')
    driver.decode("tele/board/SENSOR", b'{"DS18B20":{"Temperature":3.4}}')
    assert driver.status("tele/board/LWT", b"Offline") is None
    assert driver.decode("tele/board/LWT", b"Offline") == []


def test_an_advert_through_two_relays_is_one_until_two_seconds_have_passed():
    driver = build("theengs")
    advert = b'{"id":"AA:BB","rssi":-60,"tempc":3.4}'
    seconds = [0, 1, 2.5, 5]
    flags = []
    for second in seconds:
        temperature, link = driver.decode("home/gw/BTtoMQTT/AABB", advert, at=int(second * 1_000_000))
        flags.append(temperature.flags)
        assert link.flags == Flag.NONE
    assert flags == [Flag.NONE, Flag.REPEATED, Flag.NONE, Flag.NONE]


@pytest.mark.parametrize(
    ("format_id", "settings", "filters"),
    [
        ("generic-json", {}, ()),
        ("tasmota", {"full_topic": "tasmota/%topic%/%prefix%/"}, ("tasmota/+/tele/SENSOR", "tasmota/+/tele/STATE")),
        ("zigbee2mqtt", {"base": "zigbee"}, ("zigbee/#",)),
        ("shelly-gen2", {}, ("+/events/rpc", "+/status/+", "+/online")),
        ("esphome", {"map": {"a/b/probe": "temperature"}}, ("a/b/sensor/+/state", "a/b/status")),
        ("theengs", {}, ("+/+/BTtoMQTT/#", "+/+/LWT")),
    ],
)
def test_a_format_knows_what_to_subscribe_to(format_id, settings, filters):
    topics = build(format_id, settings).topics
    assert topics[: len(filters)] == filters
    assert not any("%" in each or "{" in each for each in topics)


@pytest.mark.parametrize("format_id", FORMATS)
def test_an_empty_message_clears_a_retained_one_and_is_no_reading(format_id):
    driver = build(format_id, SETTINGS.get(format_id, {}))
    for topic in TOPICS[format_id]:
        assert driver.decode(topic, b"", retain=True) == []


@pytest.mark.parametrize(
    ("format_id", "settings", "says"),
    [
        ("generic-json", {"map": {"warmth": "t"}}, "'warmth' is no quantity"),
        ("generic-json", {"map": {"temperature": 5}}, "5 is no path"),
        ("generic-json", {"map": {"temperature": {"path": "t", "unit": "kg"}}}, "'kg' is no unit of temperature"),
        ("generic-json", {"map": {"temperature": {"path": "t", "decimal": ";"}}}, "stands before no decimals"),
        ("generic-json", {"map": "temperature"}, "map is a table"),
        ("generic-json", {"maps": {}}, "does not take maps: its settings are map"),
        ("esphome", {"map": {"kitchen/probe": "warmth"}}, "'warmth' is no quantity"),
        ("tasmota", {"full_topic": "%prefix%/"}, "%topic% stand in it once"),
        ("chirpstack-v4", {"codec": "milesigth"}, "did you mean milesight"),
        ("zigbee2mqtt", {"base": 5}, "base is a text"),
        ("csv-st", {}, "no format of messages"),
    ],
)
def test_a_setting_that_cannot_work_is_named(format_id, settings, says):
    with pytest.raises(ConfigurationError, match=says):
        build(format_id, settings)


def test_names_that_never_end_do_not_fill_the_memory():
    driver = build("theengs")
    for number in range(REMEMBERED + 10):
        driver.decode("home/gw/BTtoMQTT", b'{"id":"%d","tempc":1}' % number)
    assert all(len([*memory]) <= REMEMBERED for memory in (driver._last, driver._probes, driver._relays))
