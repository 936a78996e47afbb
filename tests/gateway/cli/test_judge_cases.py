"""Worked cases: what goes in, what an inspector would say, and by which standard."""

from typing import Any

import pytest
from judge_cases import CASES, judge

ABOUT_THE_VERDICT = {"verdict", "action", "decided_at"}


def look_up(found: dict[str, Any], path: str) -> Any:
    """The value at a path of the first verdict; a bare name is a measure, `alarms.<level>` the times of alarms."""
    verdict = found["verdicts"][0]
    first, _, rest = path.partition(".")
    if first == "alarms":
        return [[alarm["raised_at"], alarm["cleared_at"]] for alarm in found["alarms"] if alarm["level"] == rest]
    value = verdict[first] if first in ABOUT_THE_VERDICT or first == "supersedes" else verdict["measures"][first]
    return value if not rest or value is None else value.get(rest)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_verdict_is_the_standards(case: dict[str, Any]) -> None:
    found = judge(case["case"])
    for path, expected in case["expect"].items():
        if path == "conflicts":
            assert all(any(name in text for text in found["conflicts"]) for name in expected)
            continue
        value = look_up(found, path)
        if isinstance(expected, list) and expected and isinstance(expected[0], int | float):
            assert value == pytest.approx(expected[0], abs=expected[1]), path
        elif isinstance(expected, float | int):
            assert value == pytest.approx(expected, abs=1e-6), path
        elif isinstance(expected, list):
            near = [[None if at is None else pytest.approx(at, abs=1e-5) for at in pair] for pair in expected]
            assert value == near, path
        else:
            assert value == expected, path
