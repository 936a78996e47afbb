"""Why a control stands as it does is told in the kitchen's language: every reason that a rule can give has words."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from judge_cases import CASES, judge

import gateway.haccp.rules
from drivers.reading import Reason
from gateway.haccp.rules.verdict import Why, why
from gateway.messages import CATALOGUE, reason_words
from gateway.monitoring.batches.records import reasons_of
from gateway.records.quality import JUDGED_ALTHOUGH_UNCERTAIN

LIMITS = (
    why("max_for", limit="5", unit="°C", minutes="30"),
    why("min", limit="-1", unit="°C"),
)


@pytest.mark.parametrize(
    ("reason", "english", "indonesian"),
    [
        (
            why("of_stage", stage="stage_1", why=(why("stage_took", minutes="130.5", allowed="120"),)),
            "stage_1: 130.5 min, 120 are allowed",
            "stage_1: 130,5 menit, paling lama 120",
        ),
        (why("never_reached", limit="74.0"), "never reached 74.0 °C", "tidak pernah mencapai 74,0 °C"),
        (
            why("uncertain", u="0.5"),
            "within the uncertainty of ±0.5 of a limit",
            "terlalu dekat dengan batas untuk ketelitian alat ukur (±0,5)",
        ),
        (
            why(
                "beyond_tolerated",
                deviations=(why("deviations", count="2"),),
                minutes="12.0",
                limits=LIMITS,
                tolerated="120",
            ),
            "2 deviations, 12.0 min beyond (max 5 °C for 30 min and min -1 °C, one of 120 min is tolerated)",
            (
                "2 penyimpangan, 12,0 menit di luar batas (paling tinggi 5 °C selama 30 menit dan paling rendah -1 °C,"
                " satu kali 120 menit masih dibolehkan)"
            ),
        ),
    ],
)
def test_a_reason_is_told_in_both_languages_with_its_numbers(reason: Why, english: str, indonesian: str) -> None:
    assert reason_words(reason) == {"id": indonesian, "en": english}


def test_a_reason_of_an_earlier_version_is_told_as_it_was_written() -> None:
    kept = msgspec.json.decode(b'["never reached 74.0 C", {"sentence": "no_reading"}]', type=tuple[Why | str, ...])
    old, new = reasons_of(kept)
    assert reason_words(old) == {"id": "never reached 74.0 C", "en": "never reached 74.0 C"}
    assert reason_words(new) == {"id": "belum ada pembacaan", "en": "no reading"}


def test_every_sentence_of_a_rule_has_words_and_no_words_are_left_over() -> None:
    """In both languages, with the same numbers in them."""
    given = set(sentences()) | {"as_told", "clock_set", "max", "max_for", "min", "min_for"}
    given |= {f"doubted_{reason}" for reason in (*JUDGED_ALTHOUGH_UNCERTAIN, Reason.CALIBRATION_OVERDUE)}
    known = {key.removeprefix("why.") for key in CATALOGUE["id"] if key.startswith("why.")}
    assert given == known
    for key in known:
        indonesian, english = (CATALOGUE[language][f"why.{key}"] for language in ("id", "en"))
        assert names(indonesian) == names(english), key
        assert indonesian != english or key in {"as_told", "of_stage"}, key


def test_the_reasons_of_all_worked_cases_can_be_told() -> None:
    given = {reason for case in CASES for one in judge(case["case"])["verdicts"] for reason in one["reasons"]}
    assert len(given) > 20


def sentences() -> Iterator[str]:
    """What rules call `why` with; the sides of a limit are named by the rule as it goes."""
    for file in Path(gateway.haccp.rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "why":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
