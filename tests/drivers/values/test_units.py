"""Units are converted by the numbers of their definitions, and back to the digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import UNIT_OF, Quantity
from drivers.values.units import (
    CELSIUS,
    FAHRENHEIT,
    GRAM,
    INCH_MERCURY,
    KELVIN,
    KILOPASCAL,
    MILLIVOLT,
    MM_MERCURY,
    OWN_UNIT,
    PASCAL,
    POUND,
    UNITS,
    Unit,
)


@pytest.mark.parametrize(
    ("unit", "sent", "converted"),
    [
        (CELSIUS, "21.50", "21.50"),
        (FAHRENHEIT, "32", "0"),
        (FAHRENHEIT, "212", "100"),
        (FAHRENHEIT, "-40", "-40"),
        (FAHRENHEIT, "41", "5"),
        (KELVIN, "273.15", "0"),
        (KELVIN, "0", "-273.15"),
        (GRAM, "1250", "1.25"),
        (POUND, "1", "0.45359237"),
        (POUND, "100", "45.359237"),
        (PASCAL, "101325", "1013.25"),
        (KILOPASCAL, "101.325", "1013.25"),
        (MILLIVOLT, "2987", "2.987"),
    ],
)
def test_a_fixed_point_of_the_scale_is_exact(unit, sent, converted):
    assert unit.convert(Decimal(sent)) == Decimal(converted)


def test_a_millimetre_of_mercury_is_the_conventional_one_and_an_inch_25_4_of_them():
    """13.5951 g/cm³ at 9.80665 m/s²: 133.322387415 Pa."""
    millimetre = Decimal("13.5951") * Decimal("9.80665") / 100
    assert MM_MERCURY.convert(Decimal(1)) == millimetre
    assert INCH_MERCURY.convert(Decimal(1)) == Decimal("25.4") * millimetre


def test_a_value_in_the_right_unit_keeps_its_digits():
    assert str(CELSIUS.convert(Decimal("4.10"))) == "4.10"


@given(st.integers(-400, 3000))
def test_a_tenth_of_a_degree_survives_fahrenheit(tenths):
    celsius = Decimal(tenths) / 10
    assert FAHRENHEIT.convert(celsius * Decimal("1.8") + 32) == celsius


@given(st.decimals(min_value=0, max_value=500, places=3), st.sampled_from([GRAM, POUND, PASCAL, KILOPASCAL, MILLIVOLT]))
def test_a_conversion_grows_with_its_value(value, unit):
    assert unit.convert(value + 1) > unit.convert(value)


def test_every_quantity_has_its_own_unit_which_changes_nothing():
    assert set(OWN_UNIT) == set(Quantity) == set(UNIT_OF)
    for quantity, unit in OWN_UNIT.items():
        assert unit.quantity is quantity
        assert unit == Unit(quantity)


@pytest.mark.parametrize("name", UNITS)
def test_every_name_of_a_unit_has_a_quantity_that_is_recorded(name):
    assert UNITS[name].quantity in UNIT_OF


@pytest.mark.parametrize("quantity", [Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.WEIGHT, Quantity.PRESSURE])
def test_the_name_of_senml_is_among_the_names(quantity):
    assert UNITS[UNIT_OF[quantity]] == OWN_UNIT[quantity]
