"""Formats whose messages are bytes: as the vendors' documents say, a fault never a number, no bytes do harm."""

import json
from contextlib import suppress

import pytest
from format_cases import check, rows, sound
from hypothesis import given
from hypothesis import strategies as st
from offline_formats import build

from drivers.errors import ConfigurationError, DecodeError
from drivers.formats.ble.advert import SAME_ADVERT
from drivers.reading import Flag, Reading
from drivers.registry import DRIVERS, MessageEntry

TESTED_APART = {"sparkplug"}
FORMATS = [
    name
    for name, driver in DRIVERS.items()
    if isinstance(driver, MessageEntry) and driver.binary and name not in TESTED_APART
]
CASES = rows(*FORMATS)
LIKELY = st.sampled_from([bytes.fromhex(case.values[1]["hex"]) for case in CASES])


@pytest.mark.parametrize(("format_id", "case"), CASES)
def test_case(format_id, case):
    check(format_id, case)


@pytest.mark.parametrize("format_id", FORMATS)
@given(
    frames=st.lists(st.one_of(LIKELY, st.binary(max_size=40)), max_size=3),
    at=st.integers(0, 255),
    byte=st.integers(0, 255),
)
def test_any_bytes_are_readings_or_refused(format_id, frames, at, byte):
    driver = build(format_id)
    for frame in frames:
        spoilt = frame[:at] + bytes([byte]) + frame[at + 1 :]
        for each in (frame, spoilt):
            with suppress(DecodeError):
                assert all(map(sound, driver.decode("", each)))


@given(st.integers(-327, 327), st.integers(0, 9))
def test_a_tenth_of_a_degree_is_exact(whole, tenth):
    tenths = whole * 10 + tenth
    frame = b"\x01\x67" + tenths.to_bytes(2, "big", signed=True)
    (reading,) = build("cayennelpp").decode("", frame)
    assert isinstance(reading, Reading)
    assert reading.value == tenths / 10 or tenths == 0x7FFF


IBBQ = bytes.fromhex("00000000a1b2c3d4e5f6e600")


def test_the_same_advert_is_new_after_a_while():
    driver = build("ble-raw:ibbq")
    times = [0, SAME_ADVERT, 2 * SAME_ADVERT + 1]
    flags = [result.flags for at in times for result in driver.decode("", IBBQ, at=at) if isinstance(result, Reading)]
    assert flags == [Flag.NONE, Flag.REPEATED, Flag.NONE]


def test_two_nameless_devices_are_not_taken_for_one():
    driver = build("ble-raw:govee-h5075")
    frame = bytes.fromhex("88ec000398386400")
    assert {result.flags for _ in range(2) for result in driver.decode("", frame) if isinstance(result, Reading)} == {
        Flag.NONE
    }


def test_the_topic_is_the_device_of_a_frame_that_names_none():
    readings = build("lorawan:milesight").decode("lora/chiller", bytes.fromhex("01755c03673401"))
    assert [each.sensor for each in readings if isinstance(each, Reading)] == ["lora/chiller"]


@pytest.mark.parametrize("port", [-1, 256, "two", "", None, True])
def test_a_port_that_is_none_is_a_wrong_setting(port):
    with pytest.raises(ConfigurationError, match="fport is a LoRaWAN port"):
        build("lorawan:dragino-ltc2", {"fport": port})


def test_the_decoder_of_theengs_reads_the_same():
    """A second opinion where it is installed. It rounds differently, and leaves out probes that are not plugged in."""
    theengs = pytest.importorskip("TheengsDecoder")
    for format_id, given_as in (
        ("ble-raw:ibbq", {"name": "iBBQ"}),
        ("ble-raw:govee-h5075", {"name": "GVH5075_1234"}),
        ("ble-raw:atc1441", {"servicedatauuid": "0x181a"}),
        ("ble-raw:pvvx", {"servicedatauuid": "0x181a"}),
        ("ruuvi-5", {}),
    ):
        for case in (case.values[1] for case in rows(format_id)):
            field = "servicedata" if "servicedatauuid" in given_as else "manufacturerdata"
            said = theengs.decodeBLE(json.dumps({field: case["hex"], **given_as}))
            for reading in case.get("expect", ()) if said else ():
                key = {"temperature": "tempc", "humidity": "hum", "voltage": "volt"}.get(reading["quantity"])
                key = reading["sensor"].rpartition("/")[2] if "/tempc" in reading["sensor"] else key
                if key in (theirs := json.loads(said)) and reading["value"] is not None:
                    assert theirs[key] == pytest.approx(reading["value"], abs=0.1), (format_id, case["name"], key)
