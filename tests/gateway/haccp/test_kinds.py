"""A kind of control is one record: what follows from it is there, and has words in both languages."""

import pytest
from judge_cases import CASES, judge
from pydantic import ValidationError

from gateway.config import ControlPoint, Haccp
from gateway.haccp.limits.kinds import BATCH_KINDS, KINDS, POINT_KINDS
from gateway.haccp.profiles.load import IDS, load
from gateway.messages import LANGUAGES, words_of_kinds

STAGES = {"stage_1", "stage_2", "total", "blast"}
OF_STAGES = STAGES | {f"predicted_{stage}" for stage in STAGES}
"""Measures of cooling, which are called by the temperatures of their stage."""


def words_of(name: str) -> set[str]:
    """The keys under which a kind of control has words."""
    action = {f"alarm.action.{name}.above", f"alarm.action.{name}.below"} if name in POINT_KINDS else set()
    return {f"control.{name}", *(f"measure.{measure}" for measure in KINDS[name].measures), *action}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_control_and_each_of_its_measures_has_words(name: str, language: str) -> None:
    assert words_of(name) - words_of_kinds(language).keys() == set()


def test_no_words_are_left_of_a_kind_that_is_gone() -> None:
    known = {key for name in KINDS for key in words_of(name)} | {"measure.uncertainty"}
    assert words_of_kinds("en").keys() - known == set()


@pytest.mark.parametrize("name", KINDS)
def test_a_plan_may_name_a_kind_where_its_record_says_that_it_judges(name: str) -> None:
    assert name in POINT_KINDS or name in BATCH_KINDS
    if name in POINT_KINDS:
        assert ControlPoint(id="ccp", kind=name, point="probe").kind == name
    else:
        with pytest.raises(ValidationError, match="is not known here"):
            ControlPoint(id="ccp", kind=name, point="probe")
    if name in BATCH_KINDS:
        assert Haccp(batch_controls=(name,)).controls_of_a_batch == (name,)
    else:
        with pytest.raises(ValidationError, match="is not known here"):
            Haccp(batch_controls=(name,))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_worked_cases_whose_verdicts_measure_what_its_record_says(name: str) -> None:
    verdicts = [
        one for case in CASES if case["case"]["control"]["kind"] == name for one in judge(case["case"])["verdicts"]
    ]
    assert verdicts
    for verdict in verdicts:
        assert verdict["measures"].keys() - OF_STAGES - {"uncertainty"} == set(KINDS[name].measures)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_profile_with_a_limit_for_it(name: str) -> None:
    assert any(KINDS[name].limits_in(load(profile)) for profile in IDS)
