"""What a probe in food shows by itself: when a cook begins, and when it ends."""

import math

import pytest

from gateway.haccp.rules.trace import MINUTE, SECOND, Sample
from gateway.monitoring.batches.cook_detector import (
    CookBegan,
    CookChange,
    CookEnded,
    CookState,
    detect,
    from_json,
    to_json,
)


def changes(values: list[float], every: int = 30 * SECOND) -> list[CookChange]:
    state = CookState()
    found: list[CookChange] = []
    for number, value in enumerate(values):
        state, new = detect(state, Sample(number * every, value, "pot"), 2 * MINUTE)
        found += new
    return found


def boiled(minutes: int) -> list[float]:
    return [28 + 5 * number for number in range(14)] + [98.0] * (2 * minutes)


def test_a_cook_begins_at_the_crossing_of_57_and_ends_where_the_food_was_hottest_last() -> None:
    began, ended = changes([*boiled(20), *(98 * math.exp(-0.01 * number) for number in range(1, 60))])
    assert began == CookBegan(since=5 * 30 * SECOND, at=174 * SECOND)
    assert isinstance(ended, CookEnded)
    assert ended.at == pytest.approx((14 + 40) * 30 * SECOND, abs=90 * SECOND)


def test_a_lid_that_is_opened_ends_no_cook() -> None:
    (began,) = changes([*boiled(10), 94, 92, 91, 93, 97, 98, 98])
    assert isinstance(began, CookBegan)


def test_what_is_hot_when_it_is_first_seen_is_nobodys_cook() -> None:
    assert changes([80.0] * 20 + [40.0]) == []


def test_the_same_pot_cooks_again_after_it_was_cold() -> None:
    again = changes([*boiled(5), 20.0, *boiled(5)])
    assert [type(change) for change in again] == [CookBegan, CookEnded, CookBegan]


def test_a_saved_state_has_the_names_that_older_journals_have() -> None:
    state = CookState(Sample(7, 61.5, "pot"), True, 98.0, 5, 60.0, True)
    saved = '{"last":{"at":7,"value":61.5,"sensor":"pot"},"hot":true,"peak":98.0,"peak_at":5,"lowest":60.0,"told":true}'
    assert to_json(state) == saved
    assert from_json(saved) == state
