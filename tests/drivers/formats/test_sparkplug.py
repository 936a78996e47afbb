"""Sparkplug: numbers only of what was announced, every death at once, and what is missed is asked for."""

from contextlib import suppress

import pytest
from format_cases import check, rows, sound
from hypothesis import given
from hypothesis import strategies as st
from sparkplug_wire import metric, payload

from drivers.errors import DecodeError
from drivers.formats.sparkplug.payload import REBIRTH, read_payload
from drivers.formats.sparkplug.session import REBIRTH_PAUSE, REORDER_TIMEOUT
from drivers.formats.sparkplug.sparkplug import Sparkplug
from drivers.reading import Reading

NODE, DEVICE = "spBv1.0/MBG/%s/sppg", "spBv1.0/MBG/%s/sppg/chiller"
SETTINGS = {"map": {"T": "temperature"}}
NBIRTH = payload(metric("bdSeq", 0, datatype=4), metric("T", 1.0, datatype=9, alias=1), seq=0)
SECOND = 1_000_000


@pytest.mark.parametrize(("format_id", "case"), rows("sparkplug"))
def test_case(format_id, case):
    check(format_id, case)


def born():
    driver = Sparkplug(SETTINGS)
    driver.decode(NODE % "NBIRTH", NBIRTH, at=0)
    return driver


def send(driver, seq, at=0):
    return driver.decode(NODE % "NDATA", payload(metric(alias=1, value=2.0, datatype=9), seq=seq), at=at)


def asked(driver, now):
    return [command.topic for command in driver.rebirths(now)]


def test_numbers_that_follow_each_other_and_go_round_ask_nothing():
    driver = born()
    for number in range(1, 600):
        assert send(driver, number % 256)
    assert asked(driver, 10**12) == []


def test_a_hole_that_is_not_filled_in_time_asks_for_a_birth_once_in_a_while():
    driver = born()
    (reading,) = send(driver, 3, at=SECOND)
    assert isinstance(reading, Reading)
    assert asked(driver, SECOND + REORDER_TIMEOUT - 1) == []
    assert asked(driver, SECOND + REORDER_TIMEOUT) == [NODE % "NCMD"]
    assert asked(driver, SECOND + REORDER_TIMEOUT + REBIRTH_PAUSE - 1) == []
    assert asked(driver, SECOND + REORDER_TIMEOUT + REBIRTH_PAUSE) == [NODE % "NCMD"]
    driver.decode(NODE % "NBIRTH", NBIRTH)
    assert asked(driver, 10**12) == []


def test_messages_that_overtook_each_other_or_came_twice_ask_nothing():
    driver = born()
    for number in (1, 3, 3, 2, 4, 4, 5):
        send(driver, number)
    assert asked(driver, 10**12) == []


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (NODE % "NDATA", payload(metric(alias=7, value=2.0, datatype=9), seq=1)),
        (NODE % "NDATA", payload(metric("New", 2.0, datatype=9), seq=1)),
        (NODE % "NDATA", payload(metric(alias=1, value=2.0, datatype=9))),
        (DEVICE % "DDATA", payload(metric("T", 2.0, datatype=9), seq=1)),
    ],
)
def test_what_was_never_announced_asks_for_a_birth_at_once(kind, message):
    driver = born()
    with suppress(DecodeError):
        driver.decode(kind, message, at=0)
    assert asked(driver, 0) == [NODE % "NCMD"]


def test_a_device_is_heard_without_its_nodes_birth_which_is_asked_for():
    driver = Sparkplug(SETTINGS)
    assert driver.decode(DEVICE % "DBIRTH", payload(metric("T", 1.0, datatype=9, alias=1), seq=1))
    assert driver.decode(DEVICE % "DDATA", payload(metric(alias=1, value=2.0, datatype=9), seq=2))
    assert asked(driver, 0) == [NODE % "NCMD"]


def test_what_is_asked_is_a_rebirth_command():
    driver = Sparkplug(SETTINGS)
    with pytest.raises(DecodeError):
        send(driver, 1)
    (command,) = driver.rebirths(1_764_000_000_000_000)
    asked_for = read_payload(command.payload)
    (only,) = asked_for.metrics
    assert (asked_for.timestamp, only.name, only.datatype) == (1_764_000_000_000, REBIRTH, 11)
    assert only.value is not None
    assert (only.value.number, only.value.value) == (14, 1)


def test_names_that_never_end_do_not_fill_the_memory():
    driver = Sparkplug(SETTINGS)
    for number in range(2_000):
        driver.decode(f"spBv1.0/MBG/NBIRTH/n{number}", NBIRTH)
        driver.decode(f"spBv1.0/MBG/DBIRTH/n/d{number}", payload(metric("T", 1.0, datatype=9), seq=1))
    assert len([*driver._nodes._nodes]) <= 256
    assert len([*driver._nodes.of("MBG/n").births]) <= 256


TYPES = {
    1: st.integers(-(2**7), 2**7 - 1),
    2: st.integers(-(2**15), 2**15 - 1),
    3: st.integers(-(2**31), 2**31 - 1),
    4: st.integers(-(2**53), 2**53),
    5: st.integers(0, 2**8 - 1),
    6: st.integers(0, 2**16 - 1),
    7: st.integers(0, 2**32 - 1),
    8: st.integers(0, 2**53),
    9: st.integers(-30_000, 30_000).map(lambda hundredths: hundredths / 100),
    10: st.integers(-(10**9), 10**9).map(lambda millionths: millionths / 10**6),
}


@given(st.sampled_from(sorted(TYPES)).flatmap(lambda kind: st.tuples(st.just(kind), TYPES[kind])), st.booleans())
def test_every_value_comes_back_as_it_was_sent(typed, told):
    datatype, value = typed
    driver = Sparkplug({"map": {"W": "pressure"}})
    driver.decode(NODE % "NBIRTH", payload(metric("W", value, datatype=datatype, alias=300), seq=0))
    sent = payload(metric(alias=300, value=value, datatype=datatype, told=told, at=1_764_000_000_123), seq=1)
    (reading,) = driver.decode(NODE % "NDATA", sent)
    assert isinstance(reading, Reading)
    assert (reading.value, reading.measured_at) == (float(value), 1_764_000_000_123_000)


KINDS = [NODE % "NBIRTH", NODE % "NDATA", NODE % "NDEATH", DEVICE % "DBIRTH", DEVICE % "DDATA", DEVICE % "DDEATH"]
LIKELY = st.builds(
    lambda name, alias, datatype, value, past: metric(name, datatype=datatype, alias=alias, past=past) + value,
    st.sampled_from([None, "T", "bdSeq", ""]),
    st.sampled_from([None, 0, 1]),
    st.integers(0, 15),
    st.sampled_from([b"", b"\x50\x05", b"\x58\x05", b"\x65\x00\x00\xc0\x7f", b"\x65\x00\x00\x80\x40", b"\x70\x01"]),
    st.booleans(),
)
MESSAGES = st.lists(st.one_of(LIKELY, st.binary(max_size=20)), max_size=3).map(lambda each: payload(*each, seq=1))


@pytest.mark.fuzz
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.one_of(MESSAGES, st.binary())), max_size=6), st.integers(0, 2**62))
def test_any_messages_are_readings_or_refused(messages, now):
    driver = Sparkplug(SETTINGS)
    for topic, message in messages:
        with suppress(DecodeError):
            assert all(map(sound, driver.decode(topic, message)))
    assert all(command.payload for command in driver.rebirths(now))


@given(st.text(alphabet="spBv1.0/NDATBIRHEC+#ä", max_size=40).map("spBv1.0/".__add__))
def test_no_topic_does_more_than_be_refused(topic):
    with suppress(DecodeError):
        Sparkplug(SETTINGS).decode(topic, NBIRTH)


def test_a_message_of_more_than_64_kib_is_refused():
    with pytest.raises(DecodeError, match="more than 65536"):
        Sparkplug(SETTINGS).decode(NODE % "NBIRTH", NBIRTH + bytes(65_536))
