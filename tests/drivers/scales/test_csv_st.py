"""Comma lines of scales: every dialect, any cut, garbage between frames, and digits that get lost."""

from decimal import Decimal

import pytest
from driver_cases import cases
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Trouble
from drivers.reading import Quality, Reading, Reason
from drivers.scales.common.line import LineScale, last_weighing
from drivers.scales.common.weighing import Weighing
from drivers.scales.csv_st import CSV_ST

AT = 1_764_000_000_000_000
FIELDS = ("unit", "stable", "net", "overload", "error")


def scale(**settings: str) -> LineScale:
    return LineScale("rice-scale", CSV_ST, **settings)


def heard(*chunks: bytes, **settings: str) -> list[Reading | Trouble]:
    driver = scale(**settings)
    return [result for chunk in chunks for result in driver.receive_data(chunk, AT)]


def values(results: list[Reading | Trouble]) -> list[float | None]:
    return [result.value for result in results if isinstance(result, Reading)]


@cases("csv-st")
def test_case(case):
    weighing = last_weighing(scale(), bytes.fromhex(case["hex"]))
    expected = case["expect"]
    weight = expected["weight"]
    assert weighing.weight == (None if weight is None else Decimal(weight))
    assert {name: getattr(weighing, name) for name in FIELDS} == {name: expected[name] for name in FIELDS}


# One scale has one format: its frames are equally long.
frames = st.builds(
    "{},{},{}{:07.3f}kg\r\n".format,
    st.sampled_from(["ST", "US"]),
    st.sampled_from(["GS", "NT"]),
    st.sampled_from("+-"),
    st.integers(0, 999_999).map(lambda grams: grams / 1000),
).map(str.encode)
# Anything but a line end, then a line end or none, which leaves it before the next frame.
garbage = st.builds(
    bytes.__add__,
    st.binary(max_size=400).map(lambda noise: noise.replace(b"\r", b"").replace(b"\n", b"")),
    st.sampled_from([b"", b"\r", b"\n", b"\r\n"]),
).filter(lambda noise: b",G" not in noise and b",N" not in noise)


@given(st.lists(st.one_of(frames, garbage), max_size=12), st.integers(1, 64))
def test_readings_do_not_depend_on_how_the_stream_is_cut(parts, size):
    stream = b"".join(parts)
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert heard(*cut) == heard(stream)


@given(st.lists(st.tuples(garbage, frames), min_size=1, max_size=12))
def test_garbage_between_frames_loses_no_good_frame(parts):
    noisy = b"".join(noise + frame for noise, frame in parts)
    clean = b"".join(frame for _, frame in parts)
    assert [each for each in heard(noisy) if isinstance(each, Reading)] == heard(clean)
    assert len(heard(clean)) == len(parts)


@given(st.binary(max_size=600))
def test_noise_never_becomes_a_number(noise):
    readings = values(heard(noise, b"\r\n"))
    assert not readings or CSV_ST.start.search(noise)


@given(frames, st.data())
def test_a_scale_that_loses_one_byte_gives_no_wrong_weight(frame, data):
    lost = data.draw(st.integers(0, len(frame) - 3))
    damaged = frame[:lost] + frame[lost + 1 :]
    good = values(heard(frame))
    assert values(heard(frame * 3 + damaged + frame)) in ([*good * 3, *good], [*good * 4])


def test_a_new_length_is_believed_when_it_stays():
    results = heard(b"ST,GS,+012.345kg\r\n" * 3 + b"ST,GS,+0012.345kg\r\n" * 4)
    assert values(results) == [12.345] * 5
    assert [each.kind for each in results if isinstance(each, Trouble)] == [Reason.FRAMING] * 2


def test_a_scale_whose_lines_differ_in_length_from_the_first_is_believed():
    assert values(heard(b"ST,GS 9.990KG\r\nST,GS 10.010KG\r\n" * 3)) == [9.99, 10.01] * 3


@pytest.mark.parametrize(
    ("frame", "kilograms"),
    [
        (b"ST,GS,+001.568lb", "0.71123283616"),
        (b"ST,GS,+  16.00oz", "0.453592370000"),
        (b"ST,GS,    20.7g", "0.0207"),
        (b"ST,GS,+  1.234t", "1234"),
        (b"ST,GS,+  1500mg", "0.0015"),
        (b"ST,GS,-000.000kg", "0"),
    ],
)
def test_weights_are_kilograms_by_exact_factors(frame, kilograms):
    (reading,) = heard(frame + b"\r\n")
    assert isinstance(reading, Reading)
    assert (reading.unit, reading.value, str(reading.value)[0]) == ("kg", float(kilograms), kilograms[0])


def test_overload_underload_and_a_count_are_readings_without_a_value():
    results = heard(b"OL,GS,+       \r\nUL,GS,+       \r\nST,GS,+     12PCS\r\n")
    assert [(each.value, each.quality, each.reason) for each in results if isinstance(each, Reading)] == [
        (None, Quality.BAD, Reason.OVERLOAD),
        (None, Quality.BAD, Reason.UNDERLOAD),
        (None, Quality.BAD, Reason.NOT_WEIGHT),
    ]


def test_a_tare_line_is_counted_and_the_weight_before_it_stands():
    (reading, trouble) = heard(b"ST,NT,+001.000kg\r\nST,TR,+000.500kg\r\n")
    assert isinstance(reading, Reading)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == Reason.NOT_WEIGHT


def test_a_frame_without_a_unit_needs_the_configured_one():
    (trouble,) = heard(b"ST,GS,+000.876\r\n")
    assert isinstance(trouble, Trouble)
    assert "set unit" in trouble.text
    assert values(heard(b"ST,GS,+000.876\r\n", unit="g")) == [0.000876]


def test_seven_bits_read_as_eight_are_named_with_the_remedy():
    sent = bytes(byte | (byte.bit_count() % 2 << 7) for byte in b"ST,GS,+000.876kg\r\n")
    (trouble,) = heard(sent)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == Reason.PARITY
    assert "bytesize: 7 and parity: even" in trouble.text


def test_half_a_frame_before_a_cut_of_the_line_never_joins_another():
    driver = scale()
    assert driver.receive_data(b"ST,GS,+01", AT) == []
    driver.reset()
    assert values(driver.receive_data(b"2.345kg\r\n", AT)) == []


def test_a_frame_gives_its_weighing_as_the_scale_meant_it():
    (weighing,) = scale().weighings(b"ST,GS,+  4.876 lb\r\n")
    assert weighing == Weighing(weight=Decimal("4.876"), unit="lb", stable=True, net=False)
