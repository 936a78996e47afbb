"""Old readings out of InfluxDB's answers: only what is whole counts, and whole numbers come back as floats."""

import pytest

from gateway.delivery.influxdb.history import (
    OldReading,
    OldSpan,
    is_ours,
    readings_of,
    readings_question,
    spans_of,
    spans_question,
)
from gateway.delivery.influxdb.influxql import EARLIEST, LATEST, Series, between, series_of

SECOND = 1_000_000


def groups(*rows: list[int | float | str | bool | None], name: str = "reading") -> list[Series]:
    return [Series(name=name, values=list(rows))]


def test_a_span_without_a_usable_value_is_left_out() -> None:
    answer = groups([0, None, None, None], [60_000_000_000, 3, 5.5, 4.25], [120_000_000_000, 3, 5.5])
    assert spans_of(answer) == [OldSpan(60 * SECOND, 3.0, 5.5, 4.25)]
    assert isinstance(spans_of(answer)[0].lowest, float), "a whole float stands in JSON as an integer"


def test_a_reading_without_a_value_is_bad_and_comes_back_as_such() -> None:
    assert readings_of(groups([1_000, None, 0], [2_000, 4, 2], [3_000, 3.5, 1])) == [
        OldReading(1, None, 0),
        OldReading(2, 4.0, 2),
        OldReading(3, 3.5, 1),
    ]


@pytest.mark.parametrize("row", [[1_000, 3.5, None], [1_000, 3.5, 7], ["soon", 3.5, 2], [1_000, 3.5, "good"]])
def test_a_row_that_is_no_reading_of_ours_is_skipped(row: list[int | float | str | bool | None]) -> None:
    assert readings_of(groups(row)) == []


def test_a_list_of_databases_is_not_taken_for_readings() -> None:
    assert is_ours(groups([1_000, 3.5, 2]))
    assert is_ours([])
    assert not is_ours(groups(["mbg"], name="databases"))


def test_spans_are_counted_from_the_moment_that_is_asked_for() -> None:
    question = spans_question("k", "air", since=90 * SECOND, until=600 * SECOND, width=60 * SECOND)
    assert "GROUP BY time(60000000u, 30000000u) fill(none)" in question
    assert 'AND "quality" > 0 AND' in question
    assert "time >= 90000000000 AND time < 600000000000" in question


def test_a_page_of_readings_asks_for_as_many_as_fit() -> None:
    question = readings_question("k", "air", since=0, until=SECOND, limit=500)
    assert question.endswith("LIMIT 500")
    assert "\"kitchen\" = 'k' AND \"point\" = 'air'" in question


def test_a_time_that_influxdb_does_not_know_becomes_its_earliest_or_latest() -> None:
    assert between(-(2**62), 2**62) == f"time >= {EARLIEST} AND time < {LATEST}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"error": "unauthorized"}',
        b'{"results": [{"error": "timeout"}]}',
        b'{"results": [{"partial": true, "series": []}]}',
        b'{"results": [{"series": [{"name": "reading", "partial": true}]}]}',
    ],
)
def test_an_answer_that_is_an_error_or_not_whole_is_none(body: bytes) -> None:
    assert series_of(body) is None
