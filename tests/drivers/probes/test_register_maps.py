"""Every shipped register map: what it asks, and what it makes of answers, also of those that tell of a fault."""

import json
from pathlib import Path
from typing import Any

import pytest
from driver_cases import FOLDER, cases, shown
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ConfigurationError, DecodeError
from drivers.framing import crc16_modbus
from drivers.probes.modbus import ModbusDevice, request_frame
from drivers.probes.register_map import load_map, parse_map, shipped_maps
from drivers.reading import UNIT_OF, Quality, Reading

MAPS = shipped_maps()
EXAMPLE = Path(__file__).parents[3] / "examples" / "maps" / "fryer.yaml"
ALL = [(name, json.loads(line)) for name in MAPS for line in (FOLDER / f"modbus-{name}.jsonl").read_text().splitlines()]


def device(name: str, settings: dict[str, Any]) -> ModbusDevice:
    given = {
        key: int(value) if isinstance(value, str) and value.isdigit() else value for key, value in settings.items()
    }
    if isinstance(given.get("channels"), str):
        given["channels"] = given["channels"].split(",")
    slave = given.pop("slave", None)
    return ModbusDevice("", load_map(name).fitted(**given), slave=slave)


@pytest.mark.parametrize(("name", "case"), ALL, ids=[f"{name}: {case['name']}" for name, case in ALL])
def test_an_answer(name, case):
    asked = device(name, case.get("settings", {}))
    answer = bytes.fromhex(case["hex"])
    if "error" in case:
        with pytest.raises(DecodeError) as raised:
            asked.decode(answer)
        assert raised.value.reason == case["error"]
        return
    readings = asked.decode(answer)
    assert [shown(reading) for reading in readings] == case["expect"]
    assert all(reading.unit == UNIT_OF[reading.quantity] for reading in readings)


@cases("modbus-questions")
def test_a_question(case):
    asked = device(case["map"], case.get("settings", {})).requests() if "map" in case else [request_frame(*case["ask"])]
    assert [question.hex(" ") for question in asked] == [case["hex"]]


@pytest.mark.parametrize("name", MAPS)
def test_every_map_costs_one_question_a_round(name):
    assert len(ModbusDevice("", load_map(name)).requests()) == 1


@pytest.mark.parametrize("name", MAPS)
@given(data=st.data())
def test_no_words_break_a_map_and_no_bad_reading_has_a_number(name, data):
    asked = ModbusDevice("", load_map(name))
    (question,) = asked.requests()
    function, size = question[1], 2 * int.from_bytes(question[4:6], "big")
    head = bytes((question[0], function, size)) + data.draw(st.binary(min_size=size, max_size=size))
    answer = asked.find_response(question, head + crc16_modbus(head), 0)
    assert answer is not None
    readings = [each for each in answer.results if isinstance(each, Reading)]
    assert [each.channel for each in readings] == list(load_map(name).channels)
    assert all((each.value is None) == (each.quality is Quality.BAD) for each in readings)


def test_only_channels_with_a_sensor_are_read_and_missed():
    asked = device("pta8d08", {"channels": ["ch2", "ch3"]})
    assert [question.hex(" ") for question in asked.requests()] == ["01 03 00 00 00 08 44 0c"]
    assert [reading.channel for reading in asked.lost_readings()] == ["ch2", "ch3"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"channels": ["ch9"]}, "no channel ch9"), ({"channels": ["ch3"], "count": 2}, "no channel ch3")],
)
def test_settings_that_leave_nothing_are_refused(settings, said):
    with pytest.raises(ConfigurationError, match=said):
        load_map("pta8d08").fitted(**settings)


def test_the_example_of_a_map_of_ones_own_is_a_map():
    own = parse_map(EXAMPLE.read_text(encoding="utf-8"))
    assert own.channels == ("oil", "hood")
    asked = ModbusDevice("fryer", own)
    assert [question[1] for question in asked.requests()] == [3, 4]
