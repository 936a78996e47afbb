"""From a value to a reading: no value without trust, no fault as a number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import UNIT_OF, Flag, Quality, Quantity, Reason
from drivers.values.device_time import NEVER_SET, DeviceTime
from drivers.values.reading_builder import DS18B20_FAULTS, ReadingBuilder, percent
from drivers.values.units import CELSIUS, FAHRENHEIT, KILOGRAM, PERCENT, PERCENT_RH, UNITS, VOLT

BUILDER = ReadingBuilder(device="chiller-1")


def test_a_number_is_a_good_reading_in_the_unit_of_its_quantity():
    reading = BUILDER.reading("T", Decimal("39.2"), FAHRENHEIT)
    assert (reading.sensor, reading.quantity, reading.unit) == ("chiller-1/T", Quantity.TEMPERATURE, "Cel")
    assert (reading.value, reading.quality, reading.reason) == (4.0, Quality.GOOD, None)


def test_what_a_message_has_in_common_is_on_each_of_its_readings():
    builder = ReadingBuilder(device="d", device_time=DeviceTime(7), flags=Flag.RETAINED, battery=88.0)
    reading = builder.reading("", Decimal(4), CELSIUS, flags=Flag.HISTORICAL)
    assert (reading.measured_at, reading.battery) == (7, 88.0)
    assert reading.flags == Flag.RETAINED | Flag.HISTORICAL
    assert reading.sensor == "d"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.SENSOR_FAILURE),
        ("4.1", Reason.MALFORMED),
        (True, Reason.MALFORMED),
        ([], Reason.MALFORMED),
        (Decimal("1e300"), Reason.MALFORMED),
    ],
)
def test_null_is_a_failed_sensor_and_no_number_is_malformed(value, reason):
    reading = BUILDER.reading("T", value, CELSIUS)
    assert (reading.value, reading.quality, reading.reason) == (None, Quality.BAD, reason)


def test_a_fault_that_the_device_reports_has_no_value_whatever_was_sent():
    reading = BUILDER.reading("T", Decimal("21.3"), CELSIUS, reason=Reason.SENSOR_FAILURE)
    assert (reading.value, reading.quality, reading.reason) == (None, Quality.BAD, Reason.SENSOR_FAILURE)


@pytest.mark.parametrize(
    ("sent", "unit", "reason"),
    [
        ("-127", CELSIUS, Reason.NOT_CONNECTED),
        ("-196.6", FAHRENHEIT, Reason.NOT_CONNECTED),
        ("127.9375", CELSIUS, Reason.SENSOR_FAILURE),
        ("127.94", CELSIUS, Reason.SENSOR_FAILURE),
        ("127.9", CELSIUS, Reason.SENSOR_FAILURE),
    ],
)
def test_a_number_that_stands_for_a_fault_is_compared_after_the_conversion(sent, unit, reason):
    reading = BUILDER.reading("T", Decimal(sent), unit, faults=DS18B20_FAULTS)
    assert (reading.value, reading.reason) == (None, reason)


def test_the_number_of_a_fault_is_a_value_where_no_such_sensor_is():
    assert BUILDER.reading("T", Decimal(-127), CELSIUS).value == -127.0


@pytest.mark.parametrize(
    ("unit", "sent", "quality"),
    [
        (CELSIUS, "-273.15", Quality.GOOD),
        (CELSIUS, "-273.16", Quality.UNCERTAIN),
        (CELSIUS, "10000.1", Quality.UNCERTAIN),
        (PERCENT_RH, "0", Quality.GOOD),
        (PERCENT_RH, "100", Quality.GOOD),
        (PERCENT_RH, "100.1", Quality.UNCERTAIN),
        (PERCENT_RH, "-0.1", Quality.UNCERTAIN),
        (PERCENT, "101", Quality.UNCERTAIN),
        (KILOGRAM, "-3", Quality.GOOD),
        (VOLT, "1000", Quality.GOOD),
    ],
)
def test_a_value_that_no_sensor_can_measure_keeps_its_number_and_is_uncertain(unit, sent, quality):
    reading = BUILDER.reading("x", Decimal(sent), unit)
    assert (reading.value, reading.quality) == (float(sent), quality)
    assert reading.reason is (None if quality is Quality.GOOD else Reason.OUT_OF_RANGE)


@pytest.mark.parametrize(
    ("builder", "flags", "reason"),
    [
        (ReadingBuilder(device="d", flags=Flag.REPEATED), Flag.NONE, Reason.REPEATED_VALUE),
        (BUILDER, Flag.REPEATED, Reason.REPEATED_VALUE),
        (ReadingBuilder(device="d", device_time=NEVER_SET), Flag.NONE, Reason.CLOCK_INVALID),
        (ReadingBuilder(device="d", flags=Flag.RETAINED), Flag.NONE, None),
    ],
)
def test_a_repeated_value_or_one_of_a_clock_never_set_is_uncertain(builder, flags, reason):
    reading = builder.reading("T", Decimal(4), CELSIUS, flags=flags)
    assert (reading.value, reading.reason) == (4.0, reason)
    assert reading.quality is (Quality.GOOD if reason is None else Quality.UNCERTAIN)


def test_an_uncertain_reading_keeps_its_number_and_a_missing_one_stays_bad():
    uncertain = BUILDER.uncertain("T", Decimal(85), CELSIUS, Reason.POWER_ON_VALUE)
    assert (uncertain.value, uncertain.quality, uncertain.reason) == (85.0, Quality.UNCERTAIN, Reason.POWER_ON_VALUE)
    missing = BUILDER.uncertain("T", None, CELSIUS, Reason.POWER_ON_VALUE)
    assert (missing.value, missing.quality, missing.reason) == (None, Quality.BAD, Reason.SENSOR_FAILURE)


@given(
    st.one_of(st.none(), st.booleans(), st.text(max_size=4), st.decimals(allow_nan=False, allow_infinity=True)),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from([None, Reason.SENSOR_FAILURE]),
    st.sampled_from(list(Flag)),
)
def test_whatever_is_sent_value_quality_and_reason_agree(value, unit, reason, flags):
    reading = BUILDER.reading("x", value, UNITS[unit], reason=reason, flags=flags)
    assert reading.unit == UNIT_OF[reading.quantity]
    assert (reading.value is None) == (reading.quality is Quality.BAD)
    assert (reading.reason is None) == (reading.quality is Quality.GOOD)


@pytest.mark.parametrize(
    ("value", "charge"),
    [(Decimal(0), 0.0), (Decimal(100), 100.0), (Decimal("94.9"), 94.9), (Decimal(101), None), (Decimal(-1), None)],
)
def test_a_charge_is_between_nothing_and_all(value, charge):
    assert percent(value) == charge


@pytest.mark.parametrize("value", [None, "88", True, 88])
def test_what_is_no_json_number_is_no_charge(value):
    assert percent(value) is None
