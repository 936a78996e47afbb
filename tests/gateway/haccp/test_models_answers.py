"""What `mbg-gateway model` answers: published sheets and worked examples, and what it refuses, as data."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.offline.command import answers, ask
from gateway.cli.offline.model import answer
from gateway.haccp.limits.fields import InputError

CASES = Path(__file__).parent / "cases/models"
ANSWERS = [json.loads(line) for line in (CASES / "answers.jsonl").read_text().splitlines()]
REFUSED = [json.loads(line) for line in (CASES / "refused.jsonl").read_text().splitlines()]


def model(**given: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(answer, json.dumps(given).encode(), Path()))
    return found


@pytest.mark.parametrize("case", ANSWERS, ids=[case["name"] for case in ANSWERS])
def test_answer_is_that_of_the_source(case: dict[str, Any]) -> None:
    found = model(**case["input"])
    for key, expected in case["expect"].items():
        compare(found, key, expected, case["tolerance"])


def compare(found: dict[str, Any], key: str, expected: Any, tolerance: float) -> None:
    match key:
        case "series":  # the first values of a longer one count too
            got = [value for _, value in found["series"]]
            assert got[: len(expected)] == pytest.approx(expected, abs=tolerance)
        case "series_end":
            got = [value for _, value in found["series"]]
            assert got[-len(expected) :] == pytest.approx(expected, abs=tolerance)
        case "reached":
            assert list(found[key]) == list(expected)
            assert found[key] == pytest.approx(expected, abs=tolerance)
        case _ if isinstance(expected, int | float):
            assert found[key] == pytest.approx(expected, abs=tolerance)
        case _:
            assert found[key] == expected


@pytest.mark.parametrize("case", REFUSED, ids=[case["message"] for case in REFUSED])
def test_unusable_input_is_refused_with_its_place(case: dict[str, str]) -> None:
    with pytest.raises(InputError) as raised:
        ask(answer, case["input"].encode(), Path())
    assert str(raised.value).startswith(case["message"])


def test_times_come_back_as_they_came() -> None:
    iso = ["2026-01-10T23:59:00+07:00", "2026-01-11T00:01:00+07:00"]
    assert [at for at, _ in model(model="lethality", trace=[[iso[0], 70], [iso[1], 70]])["series"]] == iso
    assert [at for at, _ in model(model="lethality", trace=[[0, 70], [2.5, 70]])["series"]] == [0, 2.5]


def test_one_moment_written_in_two_offsets_is_one_moment() -> None:
    trace = [["2026-01-10T23:00:00+07:00", 70], ["2026-01-11T01:02:00+09:00", 70]]
    assert model(model="lethality", trace=trace)["value"] == pytest.approx(2)


def test_a_trace_out_of_order_is_put_in_order_and_the_answer_says_so() -> None:
    found = model(model="lethality", trace=[[2, 70], [0, 70], [1, 70]])
    assert found["value"] == pytest.approx(2)
    assert found["notes"] == ["trace: was put in order of time"]


def test_a_repeated_reading_is_left_out_and_a_second_value_at_one_time_is_moved() -> None:
    found = model(model="product-filter", tau_min=None, trace=[[0, 4], [0, 4], [0, 5], [1, 6]])
    assert found["series"] == [[0, 4], [pytest.approx(1 / 60e6), 5], [1, 6]]
    assert found["notes"] == [
        "trace: 1 repeated readings were left out",
        "trace: 1 readings at the time of another were moved to the next free microsecond",
    ]


def test_suspect_and_faulty_readings_are_missing_and_history_counts() -> None:
    trace = [[0, 70, "good"], [1, 85, "suspect"], [2, None, "fault"], [3, None], [4, 70, "history"]]
    assert model(model="lethality", trace=trace)["series"] == [[0, 0], [4, pytest.approx(4)]]


def test_a_misspelled_key_is_told() -> None:
    assert model(model="mkt", values=[5], weigths=[1])["notes"] == ['"weigths" was not used']


def test_a_rate_beyond_the_range_of_its_source_is_told() -> None:
    found = model(model="growth-rate", organism="e-coli-o157", temperature=30)
    assert found["value"] == pytest.approx((0.023 * 28.8) ** 2)
    assert "extrapolated" in found["notes"][0]
    assert "notes" not in model(model="growth-rate", organism="e-coli-o157", temperature=0)


def test_a_poor_fit_predicts_nothing_and_says_why() -> None:
    found = model(model="cooling-fit", ambient=4, to=[21], trace=[[0, 85], [5, 60], [10, 80], [15, 55]])
    assert found["reached"] == {"21": None}
    assert found["notes"][0].startswith("no prediction: R² 0.")


def test_an_uneven_ice_bath_asks_for_a_repetition() -> None:
    (reason,) = model(model="calibration", ice=[0.0, 0.5])["reasons"]
    assert "repeat" in reason


def test_each_line_is_answered_in_its_place() -> None:
    lines = [b'{"model":"mkt","values":[5]}\n', b"\n", b"[\n", b"\xff\n", b'{"model":"mkt","values":[6]}\n']
    found = [json.loads(line) for line in answers(answer, lines, Path())]
    assert [line.get("value") for line in found] == [pytest.approx(5), None, None, pytest.approx(6)]
    assert [line["error"] for line in found[1:3]] == ["unusable_input"] * 2
    assert found[2]["message"] == "byte 0 is not UTF-8"


def test_json_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(InputError, match="nested too deep"):
        ask(answer, b"[" * 100_000, Path())


def test_numbers_whose_answer_no_float_holds_are_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        model(model="lethality", trace=[[0, 90], [60, 90]], t_ref=70, z=0.3, d_ref=1e-300)
    with pytest.raises(InputError, match="beyond any measurement"):
        model(model="lethality", trace=[[0, 90], [60, 90]], t_ref=70, z=1e-9)
    with pytest.raises(InputError, match="not finite"):
        model(model="mkt", values=[5, 5], weights=[1e308, 1e308])


def test_a_csv_beside_the_input_is_read(tmp_path: Path) -> None:
    (tmp_path / "core.csv").write_text("time,value,quality\n0,70,good\n1,,fault\n2,70,good\n")
    text = json.dumps({"model": "lethality", "trace": {"csv": "core.csv"}}).encode()
    assert json.loads(ask(answer, text, tmp_path))["value"] == pytest.approx(2)


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ("minute,value\n0,70\n", "core.csv line 1: is not time,value or time,value,quality"),
        ("time,value\n0,70\n1,hot\n", 'core.csv line 3, value: "hot" is not a number'),
        ("time,value\n0,nan\n", "core.csv line 2, value: NaN is not a finite number"),
        ("", "core.csv line 1: is not time,value or time,value,quality"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, csv: str, message: str) -> None:
    (tmp_path / "core.csv").write_text(csv)
    with pytest.raises(InputError) as raised:
        ask(answer, b'{"model": "lethality", "trace": {"csv": "core.csv"}}', tmp_path)
    assert str(raised.value) == message
