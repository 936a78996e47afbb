"""A reading names its sensor, and gives the decimal of the wire back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import UNIT_OF, Quantity, Reading, exact


def reading(device: str, channel: str) -> Reading:
    return Reading(device=device, channel=channel, quantity=Quantity.TEMPERATURE, value=4.1, unit="Cel")


@pytest.mark.parametrize(
    ("device", "channel", "sensor"),
    [("chiller-1", "T", "chiller-1/T"), ("chiller-1", "", "chiller-1"), ("", "tempc2", "tempc2")],
)
def test_the_sensor_is_device_and_channel_or_the_one_that_there_is(device, channel, sensor):
    assert reading(device, channel).sensor == sensor


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_decimal_of_fifteen_digits_survives_its_double(value):
    assert exact(float(value)) == value


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 15))
def test_no_digit_that_a_device_sends_is_lost(digits, places):
    value = Decimal(digits).scaleb(-places)
    assert exact(float(value)) == value


def test_every_quantity_has_one_unit():
    assert set(UNIT_OF) == set(Quantity)
