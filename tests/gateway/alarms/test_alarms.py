"""The alarm table, cell by cell, and the board that moves alarms through it."""

import pytest

from gateway.alarms.alarm import TABLE, Alarm, AlarmState, ForbiddenTransitionError, Happening, after
from gateway.alarms.board import Board
from gateway.alarms.kinds import SystemKind
from gateway.alarms.rows import as_row, from_row
from gateway.haccp.rules.deviation import Deviation
from gateway.haccp.rules.holding import Side
from gateway.records.transaction import Transaction

N, U, A, R = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED
ALLOWED = {
    # state: raise, return, acknowledge, find, worsen, supersede, remove, amend; None is forbidden
    N: (U, None, None, R, R, None, None, None),
    U: (None, R, A, None, U, N, N, U),
    A: (None, N, None, None, U, N, N, A),
    R: (U, None, N, None, R, N, N, None),
}


@pytest.mark.parametrize("state", AlarmState)
@pytest.mark.parametrize("happening", Happening)
def test_every_cell_of_the_table(state: AlarmState, happening: Happening) -> None:
    expected = ALLOWED[state][list(Happening).index(happening)]
    if expected is not None:
        assert after(state, happening) is expected
        return
    with pytest.raises(ForbiddenTransitionError):
        after(state, happening)
    assert (state, happening) not in TABLE


def deviation(started_at: int = 100, *, returned_at: int | None = None, worst: float = 7.0) -> Deviation:
    return Deviation(
        control="ccp",
        point="chiller",
        level="critical",
        side=Side.ABOVE,
        started_at=started_at,
        raised_at=started_at + 10,
        returned_at=returned_at,
        value=6.0,
        limit=5.0,
        worst=worst,
    )


def raised() -> tuple[Board, Transaction, Alarm]:
    board, batch = Board(), Transaction()
    board.raise_limit(batch, deviation(), priority="high", known_at=111)
    alarm = board.of("ccp", "critical")
    assert alarm is not None
    return board, batch, alarm


def test_one_episode_keeps_its_id_while_nobody_has_acknowledged_it() -> None:
    board, batch, alarm = raised()
    board.return_normal(batch, "ccp", "critical", at=200, worst=8.0)
    board.raise_limit(batch, deviation(300), priority="high", known_at=311)
    again = board.of("ccp", "critical")
    assert again is not None
    assert (again.id, again.state, again.started_at) == (alarm.id, U, 100)
    assert [event.kind for event in batch.events] == ["alarm_raised", "alarm_returned", "alarm_raised"]
    assert len({event.key for event in batch.events}) == 3


def test_a_new_episode_after_normal_is_a_new_alarm() -> None:
    board, batch, alarm = raised()
    board.acknowledge(batch, alarm, who="siti", note=None, at=150, key="k1")
    board.return_normal(batch, "ccp", "critical", at=200)
    assert board.active == []
    board.raise_limit(batch, deviation(300), priority="high", known_at=311)
    assert board.of("ccp", "critical").id != alarm.id  # type: ignore[union-attr]
    assert len(batch.alarms) == 2


def test_an_acknowledgement_carries_who_and_note_and_comes_only_once() -> None:
    board, batch, alarm = raised()
    seen = board.acknowledge(batch, alarm, who="siti", note="pintu ditutup", at=150, key="k1")
    assert (seen.acknowledged_by, seen.note, seen.acknowledged_at) == ("siti", "pintu ditutup", 150)
    assert (batch.events[-1].person, batch.events[-1].key) == ("siti", "command:k1")
    with pytest.raises(ForbiddenTransitionError):
        board.acknowledge(batch, seen, who="dedi", note=None, at=160, key="k2")


def test_late_readings_raise_a_past_deviation_once_and_never_clear_what_stands() -> None:
    board, batch = Board(), Transaction()
    board.find(batch, deviation(returned_at=200), None, priority="high", known_at=9_000)
    (found,) = board.active
    assert (found.state, found.late, found.raised_at, found.known_at) == (R, True, 110, 9_000)
    standing, batch, alarm = raised()
    standing.find(batch, deviation(returned_at=150, worst=6.0), alarm, priority="high", known_at=9_000)
    assert standing.of("ccp", "critical") == alarm


def test_a_deviation_that_proves_worse_than_acknowledged_asks_once_more() -> None:
    board, batch, alarm = raised()
    acknowledged = board.acknowledge(batch, alarm, who="siti", note=None, at=150, key="k1")
    board.find(batch, deviation(worst=12.0), acknowledged, priority="high", known_at=9_000)
    asked = board.of("ccp", "critical")
    assert asked is not None
    assert (asked.state, asked.worst, asked.id) == (U, 12.0, alarm.id)
    again = board.acknowledge(batch, asked, who="siti", note=None, at=9_100, key="k2")
    board.find(batch, deviation(worst=13.0), again, priority="high", known_at=9_200)
    assert board.of("ccp", "critical") == again


def test_the_critical_alarm_takes_over_from_the_warning() -> None:
    board, batch = Board(), Transaction()
    board.raise_limit(
        batch,
        Deviation(
            **{name: getattr(deviation(), name) for name in Deviation.__struct_fields__}
            | {"level": "warning", "limit": 4.0}
        ),
        priority="medium",
        known_at=111,
    )
    board.supersede(batch, "ccp", at=120)
    assert board.active == []
    assert batch.events[-1].kind == "alarm_superseded"


def test_an_alarm_comes_back_from_the_journal_as_it_went_in() -> None:
    _, batch, alarm = raised()
    assert from_row(as_row(alarm)) == alarm
    assert batch.alarms[alarm.id] == as_row(alarm)


def test_system_alarms_are_raised_once_and_return() -> None:
    board, batch = Board(), Transaction()
    for now in (100, 200):
        board.raise_system(batch, SystemKind.RECORDING_LOST, since=50, known_at=now)
    assert len(batch.events) == 1
    board.return_normal(batch, "system", SystemKind.RECORDING_LOST, at=300)
    assert [alarm.state for alarm in board.active] == [R]
