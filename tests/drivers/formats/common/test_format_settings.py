"""The settings of a format: a wrong one is answered by what would be right."""

import pytest

from drivers.errors import ConfigurationError
from drivers.formats.common.format_settings import quantity, table, text, unit
from drivers.reading import Quantity
from drivers.values.units import CELSIUS, FAHRENHEIT, GRAM, LINK_QUALITY


def test_a_text_is_the_one_of_the_settings_or_the_usual_one():
    assert text({"base": "z2m"}, "base", "zigbee2mqtt") == "z2m"
    assert text({}, "base", "zigbee2mqtt") == "zigbee2mqtt"


@pytest.mark.parametrize("value", [None, 5, [], {}])
def test_a_setting_that_is_no_text_is_answered_by_an_example(value):
    with pytest.raises(ConfigurationError, match="the setting base is a text, such as 'zigbee2mqtt'"):
        text({"base": value}, "base", "zigbee2mqtt")


def test_a_table_is_the_one_of_the_settings_or_empty():
    assert table({"map": {"temperature": "t"}}, "map") == {"temperature": "t"}
    assert table({}, "map") == {}


@pytest.mark.parametrize("value", [None, "temperature", ["temperature"], {5: "t"}])
def test_a_setting_that_is_no_table_of_names_is_refused(value):
    with pytest.raises(ConfigurationError, match="the setting map is a table of names"):
        table({"map": value}, "map")


def test_a_quantity_has_a_name():
    assert quantity("temperature") is Quantity.TEMPERATURE
    with pytest.raises(ConfigurationError, match="'warmth' is no quantity: one of temperature, humidity, weight"):
        quantity("warmth")


@pytest.mark.parametrize(
    ("name", "of", "wanted"),
    [
        (None, Quantity.TEMPERATURE, CELSIUS),
        ("°F", Quantity.TEMPERATURE, FAHRENHEIT),
        ("g", Quantity.WEIGHT, GRAM),
        (None, Quantity.LINK_LQI, LINK_QUALITY),
    ],
)
def test_a_unit_has_a_name_or_is_that_of_the_quantity(name, of, wanted):
    assert unit(name, of) == wanted


@pytest.mark.parametrize(
    ("name", "of", "says"),
    [
        ("stone", Quantity.WEIGHT, "'stone' is no unit of weight: kg, g, lb"),
        ("kg", Quantity.TEMPERATURE, "'kg' is no unit of temperature: Cel, C, °C, degC, F"),
        ("lqi", Quantity.LINK_LQI, "'lqi' is no unit of link_lqi: it has its own only"),
    ],
)
def test_a_unit_of_another_quantity_is_answered_by_those_that_there_are(name, of, says):
    with pytest.raises(ConfigurationError, match=says):
        unit(name, of)
