"""Register maps as data: what is wrong in one is said, neighbours are asked together."""

import pytest

from drivers.errors import ConfigurationError
from drivers.probes.register import Words
from drivers.probes.register_map import RegisterMap, load_map, parse_map, shipped_maps
from drivers.reading import Reason

REGISTER = "{channel: T, quantity: temperature, unit: Cel, function: 4, address: 1, type: int16, scale: 0.1}"


def map_of(*registers: str) -> RegisterMap:
    return parse_map("name: test\nregisters:\n" + "".join(f"  - {each}\n" for each in registers))


@pytest.mark.parametrize("name", shipped_maps())
def test_every_shipped_map_loads_under_its_own_name(name):
    assert load_map(name).name == name


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Cel", "degR", "has the unit Cel"),
        ("function: 4", "function: 6", "function"),
        ("address: 1", "address: 65536", "address"),
        ("type: int16", "type: int24", "type"),
        ("type: int16", "type: int32", "fills 2 registers"),
        ("scale: 0.1", "scale: 0", "leaves no value"),
        ("scale: 0.1", "range: [9, 3]", "range"),
        ("scale: 0.1", "scael: 0.1", "scael"),
        ("quantity: temperature", "quantity: heat", "quantity"),
        ("scale: 0.1", "faults: {-32768: broken}", "faults"),
        ("}", "", "register map"),
    ],
)
def test_a_mistake_is_named(before, after, said):
    with pytest.raises(ConfigurationError, match=said):
        map_of(REGISTER.replace(before, after))


def test_a_channel_that_is_there_twice_is_named():
    with pytest.raises(ConfigurationError, match="twice"):
        map_of(REGISTER, REGISTER.replace("address: 1", "address: 2"))


def test_an_unknown_map_is_told_with_those_that_there_are():
    with pytest.raises(ConfigurationError, match="xy-md02"):
        load_map("xy-md2")


def test_neighbours_are_asked_together_and_strangers_apart():
    registers = [
        REGISTER.replace("channel: T", f"channel: {channel}")
        .replace("address: 1", f"address: {address}")
        .replace("function: 4", f"function: {function}")
        for channel, address, function in [("U", 2, 4), ("V", 9, 4), ("W", 10, 3)]
    ]
    blocks = map_of(REGISTER, *registers).blocks()
    assert [(block.function, block.address, block.count) for block in blocks] == [(3, 10, 1), (4, 1, 2), (4, 9, 1)]


def test_a_fault_number_never_becomes_a_value():
    (register,) = map_of(REGISTER.replace("}", ", faults: {-32768: not_connected}}")).registers
    reading = register.read(Words(1, b"\x80\x00"), "chiller-1")
    assert (reading.value, reading.reason) == (None, Reason.NOT_CONNECTED)


def test_two_words_are_read_high_word_first():
    (register,) = map_of(REGISTER.replace("int16", "int32, count: 2")).registers
    assert register.read(Words(1, b"\xff\xff\xff\x33"), "chiller-1").value == -20.5
