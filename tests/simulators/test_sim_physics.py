from dataclasses import replace
from itertools import pairwise

import pytest

from simulators.devices.physics import BOXES, Air, Box, settled, step

MINUTE = 60


def _live(box: Box, state: Air, seconds: int) -> list[Air]:
    states = []
    for _ in range(seconds):
        state = step(box, state, 1.0)
        states.append(state)
    return states


@pytest.mark.parametrize("name", BOXES)
def test_a_box_left_alone_stays_in_the_band_of_its_thermostat_and_cycles(name):
    box = BOXES[name]
    night = _live(box, settled(box, 0.3), 8 * 60 * MINUTE)
    assert box.low - 0.1 < min(state.air for state in night)
    assert max(state.air for state in night) < box.high + 0.1
    switched = sum(a.running != b.running for a, b in pairwise(night))
    assert 20 < switched < 400


def test_an_open_chiller_passes_5_degrees_within_two_minutes_and_is_below_4_five_minutes_after_closing():
    box = BOXES["chiller"]
    shut = _live(box, settled(box, 0.5), 30 * MINUTE)[-1]
    opened = _live(box, replace(shut, open=True), 5 * MINUTE)
    crossed = next(second for second, state in enumerate(opened) if state.air > 5.0)
    assert 30 < crossed < 2 * MINUTE
    assert 8.0 < opened[-1].air < 11.0
    assert opened[-1].humidity > shut.humidity + 5
    closed = _live(box, replace(opened[-1], open=False), 5 * MINUTE)
    assert closed[-1].air < 4.0
