"""Numbers as devices write them: exact decimals, and nothing else is a number."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.values.numbers import LARGEST_NUMBER, number, text_number


@pytest.mark.parametrize("value", [None, True, False, 3, 3.4, "3.4", "", [], {}, b"3"])
def test_only_a_decimal_of_the_json_parser_is_a_number(value):
    assert number(value) is None


@pytest.mark.parametrize("digits", ["0", "-0.0", "3.40", "1E+2", "-40", "0.00000001"])
def test_a_number_keeps_the_digits_of_its_text(digits):
    assert str(number(Decimal(digits))) == str(Decimal(digits))


@pytest.mark.parametrize(
    ("digits", "accepted"),
    [("9.99e299", True), ("1e300", False), ("-1e300", False), ("Infinity", False)],
)
def test_a_number_that_no_double_holds_is_none(digits, accepted):
    assert (number(Decimal(digits)) is not None) is accepted


def test_the_bound_is_below_the_largest_double():
    assert float(LARGEST_NUMBER) < 1.7976931348623157e308


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("27.200000762939453", "27.2"),  # The Things Stack, payload formatters, CayenneLPP
        ("-5.5", "-5.5"),
        ("19.799999237060547", "19.8"),
        ("1013.2000122070312", "1013.2"),
        ("0.10000000149011612", "0.1"),
    ],
)
def test_the_noise_of_a_float32_that_was_printed_as_a_double_is_removed(sent, meant):
    assert number(Decimal(sent)) == Decimal(meant)


@given(st.integers(-9_999_999, 9_999_999))
def test_any_thousandth_that_passed_through_a_float32_comes_back(thousandths):
    """Seven digits fit a float32, so that rounding to thousandths finds them again."""
    value = Decimal(thousandths).scaleb(-3)
    widened = struct.unpack("<f", struct.pack("<f", float(value)))[0]
    assert number(Decimal(repr(widened))) == value


@pytest.mark.parametrize("digits", ["3.14159265358979", "12345.6789012345", "1234567890123.25"])
def test_a_long_number_that_is_no_float32_keeps_its_digits(digits):
    assert number(Decimal(digits)) == Decimal(digits)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("23.4", "23.4"),
        ("+23.4", "23.4"),
        ("-0.5", "-0.5"),
        ("7", "7"),
        (" 7.0\r\n", "7.0"),
        ("\0\0 21.5\0", "21.5"),
        ("1e3", "1000"),
        ("2.5E-1", "0.25"),
    ],
)
def test_a_number_in_a_text_is_read_with_its_sign_and_exponent(text, value):
    assert text_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", " ", ".", ".5", "5.", "--5", "+-5", "1 2", "3,4", "0x1F", "1e", "1e1234", "nan", "inf", "٣", "1_000"]
)
def test_what_only_looks_like_a_number_is_none(text):
    assert text_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("23,4", "23.4"), ("-0,5", "-0.5"), ("7", "7"), ("1.234,5", None), ("1,234,5", None), ("23.4", None)],
)
def test_with_a_decimal_comma_a_point_is_no_number(text, value):
    expected = None if value is None else Decimal(value)
    assert text_number(text, point=",") == expected


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=3))
def test_a_text_is_read_as_the_decimal_that_it_is(value):
    assert text_number(str(value)) == value
    assert text_number(str(value).replace(".", ","), point=",") == value
