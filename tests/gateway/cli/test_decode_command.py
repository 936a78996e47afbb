"""`mbg-gateway decode`: the question as it is typed, the answer as it is printed, and the exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.main import main
from gateway.cli.offline.decode import answer, formats, iso, protocols
from gateway.haccp.limits.fields import Fields

XY_MD02 = "01 04 04 01 31 02 22 2a ce"
POWER_ON = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"

Said = pytest.CaptureFixture[str]


def told(capsys: Said, *typed: str) -> Any:
    assert main(["decode", *typed]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_weighing_is_one_object_with_the_digits_of_the_frame(capsys: Said) -> None:
    assert told(capsys, "--protocol", "csv-st", "--hex", b"ST,GS,+012.340kg\r\n".hex()) == {
        "weight": "12.340",
        "unit": "kg",
        "stable": True,
        "net": False,
        "overload": False,
        "error": None,
    }


def test_an_answer_of_a_probe_is_a_list_of_readings(capsys: Said) -> None:
    temperature, humidity = told(capsys, "--format", "modbus-rtu:xy-md02", "--hex", XY_MD02)
    assert temperature == {
        "sensor": "T",
        "quantity": "temperature",
        "value": 30.5,
        "unit": "Cel",
        "time": None,
        "battery": None,
        "quality": "good",
        "reason": None,
    }
    assert (humidity["sensor"], humidity["value"], humidity["unit"]) == ("RH", 54.6, "%RH")


def test_settings_are_typed_as_name_and_value(capsys: Said) -> None:
    typed = ("--format", "generic-json", "--set", 'map={"id": "name", "temperature": "data.t"}')
    (reading,) = told(capsys, *typed, "--payload", '{"name": "c1", "data": {"t": 3.4}}')
    assert (reading["sensor"], reading["value"]) == ("c1", 3.4)


def test_several_settings_follow_one_another(capsys: Said) -> None:
    many = told(capsys, "--format", "modbus-rtu:xy-md02", "--set", "slave=1", "count=2", "--hex", XY_MD02)
    each = told(capsys, "--format", "modbus-rtu:xy-md02", "--set", "slave=1", "--set", "count=2", "--hex", XY_MD02)
    assert many == each
    assert [reading["value"] for reading in many] == [30.5, 54.6]


@pytest.mark.parametrize("unit", ["kg", "KG", "Kg"])
def test_a_unit_is_typed_as_the_display_writes_it(unit: str, capsys: Said) -> None:
    told_of = told(capsys, "--protocol", "csv-st", "--set", f"unit={unit}", "--hex", b"ST,GS,+000.876\r\n".hex())
    assert (told_of["weight"], told_of["unit"]) == ("0.876", "kg")


def test_a_device_time_is_printed_in_utc(capsys: Said) -> None:
    pack = '[{"n":"c1/temperature","u":"Cel","v":3.4,"t":1764000000.25}]'
    (reading,) = told(capsys, "--format", "senml-json", "--payload", pack)
    assert reading["time"] == "2025-11-24T16:00:00.250000Z"
    assert iso(1_764_000_000_000_000) == "2025-11-24T16:00:00Z"


def test_what_is_no_reading_is_an_error_with_a_message_of_its_own(capsys: Said) -> None:
    typed = ("--format", "modbus-rtu:xy-md02", "--hex")
    damaged = told(capsys, *typed, XY_MD02[:-2] + "cf")
    refused = told(capsys, *typed, "01 84 02 c2 c1")
    foreign = told(capsys, "--set", "slave=2", *typed, XY_MD02)
    assert damaged["error"] == "checksum"
    assert "illegal data address" in refused["message"]
    assert "slave 1 answered" in foreign["message"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--protocol", "csv_st", "--hex", ""], 'there is no protocol "csv_st"; did you mean "csv-st"?'),
        (["--format", "modbus-rtu:xymd02", "--hex", ""], 'did you mean "modbus-rtu:xy-md02"?'),
        (["--format", "tasmotta", "--payload", "{}"], 'did you mean "tasmota"?'),
        (["--format", "csv-st", "--hex", ""], '"csv-st" is a protocol: ask with --protocol'),
        (["--protocol", "tasmota", "--hex", ""], '"tasmota" is a format: ask with --format'),
        (["--format", "modbus-rtu:xy-md02", "--set", "slav=1", "--hex", ""], 'did you mean "slave"?'),
        (["--format", "modbus-rtu:e5cc", "--set", "decimals=many", "--hex", ""], "decimals: "),
        (["--format", "modbus-rtu:xy-md02", "--hex", "0g"], "hex: is not hex: 'g' is no digit of it"),
        (["--format", "modbus-rtu:xy-md02", "--hex", "01 4"], "hex: is not hex: two digits make a byte"),
        (["--format", "modbus-rtu:xy-md02"], "hex: is missing, and so is payload"),
        (["--format", "ascii-line", "--payload", "1"], "pattern: is missing"),
        (["--format", "ascii-line", "--set", "pattern", "--payload", "1"], "write NAME=VALUE"),
    ],
)
def test_what_cannot_be_used_is_status_2_with_a_remedy_on_standard_error(
    typed: list[str], said: str, capsys: Said
) -> None:
    assert main(["decode", *typed]) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.out == ""


def lines(capsys: Said, folder: Path, *asked: object) -> list[Any]:
    file = folder / "in.jsonl"
    file.write_text("".join(each if isinstance(each, str) else json.dumps(each) + "\n" for each in asked))
    assert main(["decode", "--jsonl", str(file)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_bad_line_is_an_error_in_its_place(tmp_path: Path, capsys: Said) -> None:
    good = {"format": "modbus-rtu:xy-md02", "hex": XY_MD02, "set": {"slave": 1, "count": 2}}
    weighing = {"protocol": "csv-st", "topic": None, "hex": b"ST,GS,+000.876kg\r\n".hex(), "set": {}}
    answers = lines(capsys, tmp_path, good, "no json\n", {"format": "nothing", "hex": ""}, {"hex": ""}, weighing)
    assert [each.get("error") if isinstance(each, dict) else len(each) for each in answers] == [
        2,
        *["unusable_input"] * 3,
        None,
    ]
    assert all(each["message"] for each in answers[1:4])


def test_what_came_before_is_fed_first_and_not_printed(tmp_path: Path, capsys: Said) -> None:
    """85 °C is believed only when it was read twice."""
    once = {"format": "w1-slave", "topic": "28-0316a2794bff", "payload": POWER_ON}
    broken = {"payload": "half a file"}
    twice = once | {"context": [broken, {"topic": once["topic"], "payload": POWER_ON}]}
    another = once | {"context": [{"topic": "28-0316a2794b00", "payload": POWER_ON}]}
    answers = lines(capsys, tmp_path, once, twice, another)
    assert [(each["value"], each["quality"], each["reason"]) for (each,) in answers] == [
        (85.0, "suspect", "power_on_value"),
        (85.0, "good", None),
        (85.0, "suspect", "power_on_value"),
    ]


def test_everything_in_the_registry_can_be_named(capsys: Said) -> None:
    assert main(["decode", "--list"]) == 0
    named = capsys.readouterr().out.split()
    assert named == [*protocols(), *formats()]
    assert {"csv-st", "mt-sics", "senml-json", "w1-slave", "ascii-line", "modbus-rtu:tk4"} <= set(named)


@given(st.sampled_from([*protocols(), *formats()]), st.binary(max_size=60), st.text(max_size=20))
def test_any_bytes_are_answered(name: str, payload: bytes, topic: str) -> None:
    """A protocol that raised something of its own would end the gateway's link."""
    what = {"protocol": name} if name in protocols() else {"format": name, "topic": topic}
    settings = {"pattern": "(?P<t>.+)"} if name == "ascii-line" else {}
    told = answer(Fields({**what, "set": settings, "hex": payload.hex()}, folder=Path()))
    assert isinstance(told, list | dict)
    for each in told if isinstance(told, list) else []:
        assert (each["value"] is None) == (each["quality"] == "fault")
