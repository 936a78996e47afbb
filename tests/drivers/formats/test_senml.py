"""Our own MQTT messages: every rule of SenML, and nothing that a broker delivers breaks it."""

import json
import math

import pytest
from driver_cases import cases
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.senml import REMEMBERED, SenmlJson
from drivers.reading import Flag, Reading

ARRIVED = 1_764_000_100_000_000
TOPIC = "mbg/sppg-cimahi-03/chiller-1/temperature"
FIELDS = ("device", "channel", "quantity", "value", "unit", "measured_at", "reason")
COMMON = b'[{"bn":"chiller-1/","n":"temperature","u":"Cel","v":3.4,"t":1764000000.25}]'


def shown(reading: Reading) -> dict[str, object]:
    return {name: getattr(reading, name) for name in FIELDS} | {"quality": reading.quality.name.lower()}


@pytest.mark.parametrize("times", [1, 2])
@cases("senml-json")
def test_case(case, times):
    """The second time the driver knows the name already, and takes the short way if it can."""
    driver = SenmlJson()
    payload = bytes.fromhex(case["hex"]) if "hex" in case else case["payload"].encode()
    for _ in range(times - 1):
        decode(driver, case, payload)
    results = decode(driver, case, payload)
    if "error" in case:
        assert results == case["error"]
        return
    assert [shown(each) for each in results if isinstance(each, Reading)] == case["expect"]
    assert [each.reason for each in results if isinstance(each, RejectedRecord)] == case["set_aside"]


def decode(driver: SenmlJson, case: dict[str, str], payload: bytes) -> object:
    try:
        return driver.decode(case["topic"], payload, at=ARRIVED)
    except DecodeError as error:
        return error.reason


# JSON that looks like SenML: the right labels, with the right and the wrong values.
numbers = st.one_of(st.floats(allow_nan=True), st.integers(), st.sampled_from([3.4, 1764000000.25, -5, 2**28]))
texts = st.one_of(st.sampled_from(["chiller-1/", "chiller-2/", "temperature", "Cel", "g", "kg", ""]), st.text())
values = st.recursive(st.one_of(numbers, texts, st.none(), st.booleans()), st.lists, max_leaves=4)
labels = st.sampled_from(["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "x", "x_"])
likely = st.fixed_dictionaries(
    {"n": texts, "u": st.sampled_from(["Cel", "g"]), "v": numbers}, optional={"bn": texts, "t": numbers, "bt": numbers}
)
packs = st.lists(st.one_of(likely, st.dictionaries(labels, values)), max_size=4)


def judged(topic: str, payload: bytes) -> object:
    driver = SenmlJson()
    first = decode(driver, {"topic": topic}, payload)
    again = decode(driver, {"topic": topic}, payload)
    assert again == first
    return first


@given(st.sampled_from([TOPIC, "", "mbg/k/alarm/x", "mbg/k/chiller-1/status", "mbg//x", "other/topic"]), st.binary())
def test_no_bytes_do_more_than_be_refused(topic, payload):
    judged(topic, payload)


@pytest.mark.fuzz
@given(packs)
def test_no_pack_does_more_than_be_refused_and_no_value_is_unbounded(pack):
    results = judged(TOPIC, json.dumps(pack).encode())
    for each in results if isinstance(results, list) else ():
        if isinstance(each, Reading):
            assert each.device == "chiller-1"
            assert each.value is None or math.isfinite(each.value)
            assert each.measured_at is None or 0 < each.measured_at < 2**58


@given(
    st.decimals(min_value=-1000, max_value=1000, places=3),
    st.decimals(min_value=946_684_800, max_value=4_000_000_000, places=6),
)
def test_value_and_time_are_those_of_the_text(value, time):
    payload = f'[{{"bn":"chiller-1/","n":"temperature","u":"Cel","v":{value},"t":{time}}}]'.encode()
    for results in (judged(TOPIC, payload),):
        assert isinstance(results, list)
        (reading,) = results
        assert (reading.value, reading.measured_at) == (float(value), int(time * 1_000_000))


def test_a_message_of_more_than_64_kib_is_refused():
    driver = SenmlJson()
    assert driver.decode(TOPIC, COMMON)
    for padded in (COMMON + b" " * 65_536, b"[" * 70_000):
        with pytest.raises(DecodeError, match="more than 65536"):
            driver.decode(TOPIC, padded)


def test_a_retained_message_is_marked():
    driver = SenmlJson()
    for _ in range(2):
        (reading,) = driver.decode(TOPIC, COMMON, retain=True)
        assert isinstance(reading, Reading)
        assert reading.flags is Flag.RETAINED


def test_a_relative_time_without_an_arrival_is_no_time():
    (reading,) = SenmlJson().decode(TOPIC, b'[{"n":"temperature","u":"Cel","v":3.4,"t":-5}]')
    assert isinstance(reading, Reading)
    assert reading.measured_at is None


@pytest.mark.parametrize(
    ("topic", "payload", "online"),
    [
        ("mbg/k/chiller-1/status", b"online", True),
        ("mbg/k/chiller-1/status", b"offline", False),
        ("mbg/k/chiller-1/status", b"", None),
        ("mbg/k/chiller-1/status", b"ONLINE", None),
        (TOPIC, b"online", None),
        ("other/k/chiller-1/status", b"online", None),
    ],
)
def test_a_device_says_that_it_is_there_or_its_last_will_that_it_is_not(topic, payload, online):
    assert SenmlJson().status(topic, payload) is online


def test_what_is_wrong_is_said_with_topic_and_place():
    with pytest.raises(DecodeError, match=f"{TOPIC}: record 2: the base field bt"):
        SenmlJson().decode(TOPIC, b'[{"n":"a","u":"Cel","v":1},{"bt":"now"}]')


def test_names_that_never_end_do_not_fill_the_memory():
    driver = SenmlJson()
    for number in range(REMEMBERED + 10):
        driver.decode(TOPIC, b'[{"n":"a%d","u":"Cel","v":1}]' % number)
    assert len(driver._targets) <= REMEMBERED
