"""Why a control stands as it does is told in the kitchen's language: every reason that a rule can give has words."""

import ast
from pathlib import Path

import pytest
from test_judge_cases import CASES, judge

import gateway.rules
from gateway.messages import reason_words

NOTES = ("no food named", "default profile", "no critical limit", "trace: ", "was not used", "has no limit for")
"""What is said of a case, or of its control: the live gateway has none."""
FRAGMENTS = {"1 deviation", "perhaps never", " and "}
"""Of sentences with numbers."""


@pytest.mark.parametrize(
    ("reason", "indonesian"),
    [
        ("stage_1: 130.5 min, 120 are allowed", "stage_1: 130,5 menit, paling lama 120"),
        ("total: a room of 29.0 °C never brings it to 5 °C", "total: di ruang 29,0 °C tidak akan pernah turun ke 5 °C"),
        ("never reached 74.0 °C", "tidak pernah mencapai 74,0 °C"),
        ("within the uncertainty of ±0.5 of a limit", "terlalu dekat dengan batas untuk ketelitian alat ukur (±0,5)"),
        (
            "2 deviations, 12.0 min beyond (max 5 °C for 30 min and min -1 °C, one of 120 min is tolerated)",
            (
                "2 penyimpangan, 12,0 menit di luar batas (paling tinggi 5 °C selama 30 menit dan paling rendah -1 °C,"
                " satu kali 120 menit masih dibolehkan)"
            ),
        ),
    ],
)
def test_a_reason_is_told_in_indonesian_with_its_numbers(reason: str, indonesian: str) -> None:
    assert reason_words(reason) == {"id": indonesian, "en": reason}


def test_a_sentence_that_the_catalogue_does_not_have_is_kept() -> None:
    assert reason_words("a: b (c, d)") == {"id": "a: b (c, d)", "en": "a: b (c, d)"}


def test_the_reasons_of_all_worked_cases_have_words() -> None:
    given = {reason for case in CASES for one in judge(case["case"])["verdicts"] for reason in one["reasons"]}
    assert len(given) > 20
    assert [reason for reason in given if silent(reason) and not is_note(reason)] == []


def test_no_fixed_sentence_of_a_rule_is_without_words() -> None:
    """Sentences without numbers stand in the rules as they are told."""
    folder = Path(gateway.rules.__file__).parent
    written = {text for file in folder.glob("*.py") for text in sentences(ast.parse(file.read_text("utf-8")))}
    assert len(written) > 15
    assert [text for text in written - FRAGMENTS if silent(text)] == []


def is_note(reason: str) -> bool:
    return any(note in reason for note in NOTES)


def silent(reason: str) -> bool:
    told = reason_words(reason)
    return told["id"] == told["en"]


def sentences(tree: ast.Module) -> set[str]:
    """Strings of several words that are neither docstrings nor parts of others."""
    inside = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.Expr | ast.Raise)
        for part in ast.walk(node)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value and node not in inside
    }
