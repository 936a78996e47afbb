"""docs/kinds.md has a section for every kind of control, and each of its rows says what the record says."""

import re
from pathlib import Path

import pytest

from gateway.haccp.limits.kinds import BATCH_KINDS, KINDS, POINT_KINDS
from gateway.haccp.profiles.load import IDS, load
from gateway.haccp.profiles.model import Cited

PAGE = (Path(__file__).parents[3] / "docs" / "kinds.md").read_text("utf-8")
BODIES = {
    name: body
    for names, body in re.findall(r"^### ([^\n]+)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    for name in re.findall(r"`(\w+)`", names)
}
SECTIONS = {name: dict(re.findall(r"^\| ([^|]+) \| ([^|]*) ?\|$", body, re.MULTILINE)) for name, body in BODIES.items()}


def test_every_kind_has_its_section_and_no_other_has() -> None:
    assert SECTIONS.keys() == KINDS.keys()


@pytest.mark.parametrize("name", KINDS)
def test_the_section_names_what_may_be_set_what_a_profile_says_and_what_is_measured(name: str) -> None:
    kind, rows = KINDS[name], SECTIONS[name]
    of_profiles = set(kind.limit.__struct_encode_fields__) - set(Cited.__struct_encode_fields__)
    of_stages = {"stage_1.within_min"} if name == "cooling" else set()
    assert words(rows["a plan or a control sets"]) - of_stages == set(kind.settable)
    assert words(rows["only `judge`"]) == set(kind.judge_only)
    assert words(rows["an entry of a profile"]) == of_profiles
    assert words(rows["measures"]) - {"predicted_<stage>"} == set(kind.measures)


@pytest.mark.parametrize("name", KINDS)
def test_the_section_says_whether_a_point_or_a_batch_is_judged_and_by_what(name: str) -> None:
    judges = SECTIONS[name]["judges"]
    assert ("a control point" in judges) is (name in POINT_KINDS)
    assert ("a batch" in judges) is (name in BATCH_KINDS)
    assert ("by its marks alone" in judges) is KINDS[name].marks_only
    if name in BATCH_KINDS:
        assert ("unless the plan leaves it out" in judges) is BATCH_KINDS[name].usual
        assert ("needs `cooking`" in judges) is BATCH_KINDS[name].after_cooking


@pytest.mark.parametrize("name", KINDS)
def test_the_section_names_the_variants_of_all_profiles(name: str) -> None:
    variants = {limit.variant for profile in IDS for limit in KINDS[name].limits_in(load(profile))} - {None}
    assert variants <= words(BODIES[name])


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))
