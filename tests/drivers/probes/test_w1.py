"""1-wire probes: the file of the kernel, and what it hides."""

import pytest
from driver_cases import cases, shown
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DecodeError
from drivers.probes.w1 import W1Probe, crc8
from drivers.reading import Quality, Reason

ADDRESS = "28-0316a2794bff"


def probe_of(case) -> W1Probe:
    address = case.get("topic", "").removeprefix("/sys/bus/w1/devices/").removesuffix("/w1_slave")
    return W1Probe(address, address=address, channel="" if address else "T")


@cases("w1-slave")
def test_case(case):
    probe = probe_of(case)
    for _, earlier in case.get("context", []):
        probe.read(earlier)
    text = case["payload"]
    if "error" in case:
        with pytest.raises(DecodeError) as raised:
            probe.read(text)
        assert raised.value.reason == case["error"]
    elif text.strip():
        assert [shown(probe.read(text))] == case["expect"]
    else:
        assert [shown(probe.lost())] == case["expect"]


@pytest.mark.parametrize(
    ("scratchpad", "crc"), [("7201 4b46 7fff 0e10", 0x57), ("5005 4b46 7fff 0c10", 0x1C), ("00" * 8, 0)]
)
def test_the_crc_is_that_of_published_scratchpads(scratchpad, crc):
    assert crc8(bytes.fromhex(scratchpad)) == crc


def test_a_probe_that_was_away_has_been_without_power():
    """Hot food at 84 before: the 85 after the plug was out is still no measurement."""
    probe = W1Probe("bainmarie", address=ADDRESS)
    hot = scratchpad_text(0x0540)
    assert probe.read(hot).value == 84.0
    assert probe.lost().reason is Reason.NO_COMMUNICATION
    assert probe.read(scratchpad_text(0x0550)).reason is Reason.POWER_ON_VALUE


def scratchpad_text(raw: int) -> str:
    body = raw.to_bytes(2, "little") + bytes.fromhex("4b467fff0e10")
    shown = (body + bytes([crc8(body)])).hex(" ")
    return f"{shown} : crc={crc8(body):02x} YES\n{shown} t={raw * 1000 // 16}\n"


@given(st.integers(0, 8), st.integers(1, 255))
def test_a_changed_byte_is_no_temperature(index, change):
    body = bytearray.fromhex("7201 4b46 7fff 0e10 57")
    body[index] ^= change
    text = f"{body.hex(' ')} : crc=57 YES\n{body.hex(' ')} t=23125\n"
    assert W1Probe("chiller", address=ADDRESS).read(text).reason is Reason.CHECKSUM


@given(st.text(alphabet="0123456789abcdef :=\ncrtYESNO-", max_size=120))
def test_any_text_is_a_reading_or_the_drivers_error(text):
    try:
        reading = W1Probe("chiller", address=ADDRESS).read(text)
    except DecodeError:
        return
    assert (reading.value is None) == (reading.quality is Quality.BAD)
