"""The table of ISA-18.2, cell by cell, and the times that an event writes into an alarm."""

import pytest

from gateway.alarms.alarm import TABLE, AlarmEvent, AlarmState, ForbiddenTransitionError, after, next_state
from gateway.alarms.conditions import system_alarm
from gateway.alarms.kinds import LEVELS, PRIORITY, AlarmLevel, SystemKind

N, U, A, R = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED
ALLOWED = {
    # state: raise, return to normal, acknowledge, find, worsen, supersede, remove, amend; None is forbidden
    N: (U, None, None, R, R, None, None, None),
    U: (None, R, A, None, U, N, N, U),
    A: (None, N, None, None, U, N, N, A),
    R: (U, None, N, None, R, N, N, None),
}


@pytest.mark.parametrize("state", AlarmState)
@pytest.mark.parametrize("event", AlarmEvent)
def test_every_cell_of_the_table(state: AlarmState, event: AlarmEvent) -> None:
    expected = ALLOWED[state][list(AlarmEvent).index(event)]
    if expected is not None:
        assert next_state(state, event) is expected
        return
    with pytest.raises(ForbiddenTransitionError) as refused:
        next_state(state, event)
    assert (refused.value.state, refused.value.event) == (state, event)
    assert (state, event) not in TABLE


def test_a_refusal_says_what_cannot_happen() -> None:
    with pytest.raises(ForbiddenTransitionError, match="an alarm that is NORMAL cannot return to normal"):
        next_state(N, AlarmEvent.RETURN_TO_NORMAL)


def test_each_event_writes_its_own_time_and_no_other() -> None:
    raised = after(system_alarm(SystemKind.BROKER_LOST, since=100, known_at=110), AlarmEvent.RAISE, 110)
    returned = after(raised, AlarmEvent.RETURN_TO_NORMAL, 200)
    assert (raised.returned_at, raised.known_at) == (None, 110)
    assert (returned.returned_at, returned.known_at) == (200, 110)
    assert after(raised, AlarmEvent.WORSEN, 300).known_at == 300
    assert after(returned, AlarmEvent.REMOVE, 400).returned_at == 200
    assert after(raised, AlarmEvent.SUPERSEDE, 400).returned_at == 400


def test_every_level_has_a_priority_and_a_name_of_its_own() -> None:
    assert PRIORITY.keys() == {*AlarmLevel, *SystemKind}
    assert len(LEVELS) == len(AlarmLevel) + len(SystemKind)
