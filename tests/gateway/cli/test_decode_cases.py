"""`decode` and the drivers cannot drift apart: every case of tests/drivers/cases goes through the command's code."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.offline.command import answers
from gateway.cli.offline.decode import answer, formats, protocols

CASES = Path(__file__).parents[2] / "drivers" / "cases"
QUESTIONS = "modbus-questions"
USUAL = {"unit", "time", "battery", "quality", "reason"}
WORDS = {"bad": "fault", "uncertain": "suspect", "good": "good"}
FILES = [file for file in sorted(CASES.glob("*.jsonl")) if file.stem != QUESTIONS]


def asked(stem: str, case: dict[str, Any]) -> dict[str, Any]:
    """A case as the line that asks for it."""
    what = {"protocol": stem} if stem in protocols() else {"format": format_of(stem)}
    settings = dict(case.get("settings") or case.get("set") or {})
    earlier = [each if isinstance(each, dict) else message(*each) for each in case.get("context", [])]
    given = {key: case[key] for key in ("topic", "payload", "hex") if case.get(key) is not None}
    return {**what, **given, "set": settings, "context": earlier}


def format_of(stem: str) -> str:
    names = {name.replace(":", "-").removeprefix("modbus-rtu-"): name for name in formats()}
    return names[stem.removeprefix("modbus-")]


def message(topic: str, payload: str) -> dict[str, str]:
    return {"topic": topic, "payload": payload}


def expected(reading: dict[str, Any]) -> dict[str, Any]:
    """What a case says of a reading, in the words of the answer."""
    told = dict(reading)
    if "device" in told:
        told["sensor"] = "/".join(filter(None, (told.pop("device"), told.pop("channel"))))
    told.pop("measured_at", None)
    flags = told.pop("flags", "")
    told["quality"] = WORDS.get(told.get("quality", "good"), told.get("quality"))
    if "historical" in str(flags).lower() and told["quality"] == "good":
        told["quality"] = "history"
    return told


def comparable(case: dict[str, Any]) -> bool:
    """A live broker's flag of an old message is nothing that `decode` is told."""
    return not case.get("retain")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_case_is_answered_as_its_driver_answers(file: Path) -> None:
    cases = [case for case in map(json.loads, file.read_text("utf-8").splitlines()) if comparable(case)]
    lines = [json.dumps(asked(file.stem, case)).encode() for case in cases]
    found = [json.loads(line) for line in answers(answer, lines, Path())]
    assert len(found) == len(cases)
    for case, told in zip(cases, found, strict=True):
        check(case, told)


def check(case: dict[str, Any], told: Any) -> None:
    name = case["name"]
    if "error" in case:
        assert told["error"], name
        assert told["message"], name
    elif isinstance(case["expect"], dict):
        assert as_decimal(told) == as_decimal(case["expect"]), name
    else:
        assert readings(told, case["expect"]) == [expected(each) for each in case["expect"]], name


def readings(told: Any, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answer's readings with the keys that the case speaks of."""
    if isinstance(told, dict):
        return []  # only what is no reading: the case expects none
    shown = [each for each in told if each["reason"] != "name_mismatch"]
    return [
        {key: each[key] for key in each if key in expected(case) or key not in USUAL}
        for each, case in zip(shown, cases, strict=True)
    ]


def as_decimal(weighing: dict[str, Any]) -> dict[str, Any]:
    weight = weighing["weight"]
    return weighing | {"weight": None if weight is None else Decimal(weight)}
