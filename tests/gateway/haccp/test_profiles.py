"""Limits as data: complete, cited, and told apart by their hash."""

import json
from pathlib import Path

import msgspec
import pytest

from gateway.cli.main import main
from gateway.cli.offline.shown import text
from gateway.haccp.limits.kinds import KINDS
from gateway.haccp.limits.profile_hash import profile_hash
from gateway.haccp.profiles.load import IDS, load, tables
from gateway.haccp.profiles.model import Cited, celsius

EVERY_LIMIT = [(one, kind, limit) for one in IDS for kind in KINDS for limit in KINDS[kind].limits_in(load(one))]


@pytest.mark.parametrize("profile_id", IDS)
def test_every_profile_is_what_its_file_is_called(profile_id: str) -> None:
    assert load(profile_id).id == profile_id
    assert load(profile_id).limits


@pytest.mark.parametrize("profile_id", IDS)
def test_a_profile_has_limits_for_kinds_that_there_are_and_for_no_others(profile_id: str) -> None:
    assert load(profile_id).limits.keys() <= KINDS.keys()


@pytest.mark.parametrize(("profile_id", "kind", "limit"), EVERY_LIMIT)
def test_every_limit_has_a_source_and_can_be_shown(profile_id: str, kind: str, limit: Cited) -> None:
    assert limit.section
    assert limit.document or load(profile_id).document
    assert text(limit)


def test_hashes_tell_profiles_apart_and_stay() -> None:
    assert len({profile_hash(one) for one in IDS}) == len(IDS)
    assert profile_hash("fda2022") == profile_hash("fda2022")


def test_a_changed_limit_changes_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = msgspec.structs.replace(load("who"), limits={})
    before = profile_hash("who")
    monkeypatch.setattr("gateway.haccp.limits.profile_hash.load", lambda _: changed)
    assert profile_hash.__wrapped__("who") != before


def test_rows_in_fahrenheit_are_converted_exactly() -> None:
    assert celsius(140) == 60
    assert celsius(142) == pytest.approx(61 + 1 / 9, abs=1e-13)
    roast = dict(tables().tables["roast"].in_celsius())
    assert roast[60.0] == 720
    assert roast[70.0] == 0


def test_only_the_strict_default_is_a_proposal() -> None:
    assert [one for one in IDS if load(one).proposal] == ["mbg-strict"]


@pytest.mark.parametrize(
    ("profile_id", "kind", "words"),
    [
        ("fda2022", "cold_holding", "critical ≤5"),
        ("fda2022", "hot_holding", "critical ≥57"),
        ("codex-cxc39", "hot_holding", "critical ≥60"),
        ("uk-fsa", "hot_holding", "critical ≥63 one period of 120 min"),
        ("permenkes-1096", "hot_holding", "critical ≥60"),
        ("japan-mhlw", "cooking", "≥75 for 60 s"),
        ("who", "eat_by", "within 120 min of the end of cooking"),
        ("fsanz", "cooling", "60→21 within 120 min, 21→5 within 240 min"),
        ("fsis-appendix-b", "cooling", "54.4→26.7 within 90 min, 26.7→4.4 within 300 min"),
        ("mbg-strict", "reheating", "5→75 within 60 min"),
    ],
)
def test_the_limits_are_those_of_the_standards(profile_id: str, kind: str, words: str) -> None:
    assert text(KINDS[kind].limits_in(load(profile_id))[0]) == words


def test_the_command_shows_them_side_by_side_and_with_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles"]) == 0
    assert all(one in (out := capsys.readouterr().out) for one in IDS[:1])
    assert "hot_holding" in out
    assert main(["profiles", "--sources", "fda2022"]) == 0
    assert "3-501.14(A)" in capsys.readouterr().out
    assert main(["profiles", "--json", "who"]) == 0
    assert json.loads(capsys.readouterr().out)["profiles"][0]["hash"] == profile_hash("who")
    assert main(["profiles", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_every_profile_is_documented() -> None:
    profiles = (Path(__file__).parents[3] / "docs" / "profiles.md").read_text("utf-8")
    assert [one for one in IDS if f"`{one}`" not in profiles] == []
