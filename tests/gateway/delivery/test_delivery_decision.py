"""The table of decision.py, cell by cell."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.influxdb.decision import (
    Advance,
    BackOff,
    Bisect,
    Decision,
    Halve,
    Hold,
    ServerAnswer,
    SetAsideAll,
    back_off,
    decide,
)
from gateway.delivery.influxdb.progress import SinkReason

# status, readings in the batch → decision, reason
TABLE = [
    (200, 500, Advance, None),
    (204, 1, Advance, None),
    (400, 500, Bisect, None),
    (400, 1, SetAsideAll, None),
    (422, 2, Bisect, None),
    (422, 1, SetAsideAll, None),
    (413, 500, Halve, None),
    (413, 1, Hold, SinkReason.REFUSES_ALL),
    (401, 500, Hold, SinkReason.REFUSED_CREDENTIALS),
    (403, 500, Hold, SinkReason.FORBIDDEN),
    (404, 500, Hold, SinkReason.NOT_FOUND),
    (None, 500, BackOff, SinkReason.UNREACHABLE),
    (301, 500, BackOff, SinkReason.SERVER_ERROR),
    (408, 500, BackOff, SinkReason.SERVER_ERROR),
    (429, 500, BackOff, SinkReason.SERVER_ERROR),
    (500, 1, BackOff, SinkReason.SERVER_ERROR),
    (503, 500, BackOff, SinkReason.SERVER_ERROR),
]


@pytest.mark.parametrize(("status", "rows", "kind", "reason"), TABLE)
def test_each_answer_has_its_decision(
    status: int | None, rows: int, kind: type[Decision], reason: SinkReason | None
) -> None:
    decision = decide(ServerAnswer(status), rows=rows, attempt=0, rng=Random(1))
    assert type(decision) is kind
    assert getattr(decision, "reason", None) is reason


@given(st.integers(100, 599) | st.none(), st.integers(1, 5000), st.integers(0, 10_000), st.integers())
def test_only_a_success_moves_on_and_only_a_refused_single_reading_is_given_up(
    status: int | None, rows: int, attempt: int, seed: int
) -> None:
    decision = decide(ServerAnswer(status), rows=rows, attempt=attempt, rng=Random(seed))
    assert isinstance(decision, Advance) == (status is not None and 200 <= status < 300)
    assert isinstance(decision, SetAsideAll) == (status in {400, 422} and rows == 1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("partial write: points beyond retention policy dropped=500", SetAsideAll),
        ("partial write: points beyond retention policy dropped=499", Bisect),
        ("partial write: points beyond retention policy dropped=5000", Bisect),
        ("unable to parse 'reading,point=dropped=500 value=1'", Bisect),
        ("dropped=500 of something else", Bisect),
    ],
)
def test_a_batch_is_given_up_whole_only_where_the_server_counts_all_of_it_as_dropped(
    text: str, kind: type[Decision]
) -> None:
    assert type(decide(ServerAnswer(400, text), rows=500, attempt=0, rng=Random(1))) is kind


@given(st.integers(0, 10_000), st.integers())
def test_the_wait_is_never_longer_than_a_minute_and_starts_below_a_fifth_of_a_second(attempt: int, seed: int) -> None:
    assert 0 <= back_off(attempt, None, Random(seed)) <= 60
    assert back_off(0, None, Random(seed)) <= 0.2


def test_the_wait_grows_with_the_failures_and_uses_the_whole_span_below_its_ceiling() -> None:
    waits = [back_off(20, None, Random(seed)) for seed in range(500)]
    assert min(waits) < 5
    assert max(waits) > 55
    assert sum(waits) / 500 > 50 * sum(back_off(0, None, Random(seed)) for seed in range(500)) / 500


@pytest.mark.parametrize(("asked", "least"), [(17.0, 17.0), (0.0, 0.0), (10.0**9, 3600.0)])
def test_a_server_that_names_a_time_is_left_alone_until_then_but_not_for_ever(asked: float, least: float) -> None:
    assert least <= back_off(0, asked, Random(1)) <= max(least, 0.2)


def test_a_hold_looks_again_within_a_minute_so_that_a_repaired_token_is_noticed() -> None:
    decision = decide(ServerAnswer(401), rows=1, attempt=99, rng=Random(1))
    assert isinstance(decision, Hold)
    assert 5 <= decision.seconds <= 10
