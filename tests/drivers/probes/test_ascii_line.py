"""Text lines by a pattern: any cut, half lines, and numbers that are none."""

import pytest
from driver_cases import cases, shown
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import LineDriver, Trouble
from drivers.errors import ConfigurationError, DecodeError
from drivers.probes.ascii_line import LONGEST, AsciiLine
from drivers.reading import Reading

AT = 1_764_000_000_000_000
PATTERN = r"(?P<id>T\d+):(?P<t>-?[\d.]+)"


def values(driver: AsciiLine, *chunks: bytes) -> list[float | None]:
    results = [each for chunk in chunks for each in driver.receive_data(chunk, AT)]
    return [each.value for each in results if isinstance(each, Reading)]


@cases("ascii-line")
def test_case(case):
    driver = AsciiLine("", **case["settings"])
    recording = bytes.fromhex(case["hex"]) if "hex" in case else case["payload"].encode()
    if "error" in case:
        with pytest.raises(DecodeError) as raised:
            driver.decode(recording)
        assert raised.value.reason == case["error"]
        return
    assert [shown(reading) for reading in driver.decode(recording)] == case["expect"]


@given(st.lists(st.binary(max_size=80) | st.just(b"T1:4.1\r\n"), max_size=8), st.integers(1, 40))
def test_readings_do_not_depend_on_how_the_stream_is_cut(parts, size):
    stream = b"".join(parts)
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    whole, pieces = (AsciiLine("logger", pattern=PATTERN) for _ in range(2))
    assert [each for chunk in cut for each in pieces.receive_data(chunk, AT)] == whole.receive_data(stream, AT)


def test_the_first_line_after_opening_is_half_a_line_and_left_out():
    """ "T1:-18.5" of which only "8.5" is heard would be a warm freezer."""
    driver = AsciiLine("logger", pattern=r"(?P<t>-?[\d.]+)")
    assert isinstance(driver, LineDriver)
    driver.opened()
    assert values(driver, b"8.5\r\n-18.5\r\n-18.4\r\n") == [-18.5, -18.4]


def test_a_pause_inside_a_line_leaves_out_its_first_half_only():
    driver = AsciiLine("logger", pattern=PATTERN)
    assert values(driver, b"T1:4.1\r\nT1:4") == [4.1]
    driver.reset()
    assert values(driver, b"T2:3.9\r\n") == [3.9]


def test_a_line_that_is_too_long_is_left_out_to_its_end():
    driver = AsciiLine("logger", pattern=PATTERN)
    assert values(driver, b"x" * LONGEST + b"T1:99.9\r\nT1:4.1\r\n") == [4.1]


def test_a_line_that_does_not_match_is_told():
    (trouble,) = AsciiLine("logger", pattern=PATTERN).receive_data(b"hello\r\n", AT)
    assert isinstance(trouble, Trouble)
    assert "does not match" in trouble.text


@pytest.mark.parametrize(("pattern", "said"), [("(?P<t>", "no pattern"), (r"\d+", "names no value")])
def test_a_pattern_that_cannot_work_is_refused(pattern, said):
    with pytest.raises(ConfigurationError, match=said):
        AsciiLine("logger", pattern=pattern)


@given(st.binary(max_size=300))
def test_noise_never_becomes_a_number_without_its_label(noise):
    driver = AsciiLine("logger", pattern=PATTERN)
    assert not values(driver, noise + b"\n") or b"T" in noise
