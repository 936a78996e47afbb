"""Whatever happens to alarms, in whatever order: what the board holds and what it records are the same."""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.alarms.alarm import TABLE, Alarm, AlarmEvent, AlarmState, ForbiddenTransitionError
from gateway.alarms.board import KIND_OF_EVENT, Board
from gateway.alarms.conditions import limit_alarm
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.rows import AlarmRecord, alarm_of, from_row, record_of_row
from gateway.alarms.subjects import ControlSubject
from gateway.haccp.rules.deviation import Deviation
from gateway.haccp.rules.holding import Side
from gateway.records.transaction import Transaction

SUBJECTS = [ControlSubject("ccp-1", "chiller"), ControlSubject("ccp-2", "bain")]
subjects = st.sampled_from(SUBJECTS)
levels = st.sampled_from([AlarmLevel.CRITICAL, AlarmLevel.WARNING])
EVENT_OF_KIND = {kind: event for event, kind in KIND_OF_EVENT.items()}


class AnyAlarms(RuleBasedStateMachine):
    """Rules are what the kitchen does to a board; the alarms that ended are worsened by late readings, too."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.transaction = Transaction()
        self.now = 1_000

    def alarm(self, subject: ControlSubject, level: AlarmLevel, ago: int, ended_ago: int | None = None) -> Alarm:
        started_at = self.now - ago
        deviation = Deviation(
            control=subject.control,
            point=subject.point,
            level=level.value,
            side=Side.ABOVE,
            started_at=started_at,
            raised_at=started_at,
            returned_at=None if ended_ago is None else self.now - ended_ago,
            value=6.0,
            limit=5.0,
            worst=7.0,
        )
        return limit_alarm(deviation, known_at=self.now)

    def any_of(self, data: st.DataObject, alarms: list[Alarm]) -> Alarm | None:
        self.now += 1
        return data.draw(st.sampled_from(alarms)) if alarms else None

    @rule(subject=subjects, level=levels)
    def raise_(self, subject: ControlSubject, level: AlarmLevel) -> None:
        self.now += 1
        before = self.board.of(subject, level)
        ids = set(self.transaction.alarms)
        self.board.raise_(self.transaction, self.alarm(subject, level, ago=0))
        alarm = self.board.of(subject, level)
        assert alarm.standing
        if before is None:
            assert alarm.id not in ids, "another episode is another alarm"
        else:
            assert (alarm.id, alarm.started_at) == (before.id, before.started_at), "the same episode"
            assert alarm == before or not before.standing

    @rule(subject=subjects, level=levels)
    def return_to_normal(self, subject: ControlSubject, level: AlarmLevel) -> None:
        self.now += 1
        self.board.return_to_normal(self.transaction, subject, level, at=self.now)
        assert not self.board.is_standing(subject, level)

    @rule(subject=subjects)
    def supersede(self, subject: ControlSubject) -> None:
        self.now += 1
        self.board.supersede(self.transaction, subject, at=self.now)
        assert not self.board.is_standing(subject, AlarmLevel.WARNING)

    @rule(subject=subjects, level=levels, ago=st.integers(2, 9))
    def find(self, subject: ControlSubject, level: AlarmLevel, ago: int) -> None:
        self.now += 10
        before = self.board.of(subject, level)
        past = self.alarm(subject, level, ago=ago, ended_ago=1)
        self.board.find(self.transaction, past)
        assert self.board.get(past.id).state is AlarmState.RETURNED_UNACKNOWLEDGED
        if before is not None and before.standing:
            assert self.board.of(subject, level) == before, "what is found late hides nothing that stands"

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        alarm = self.any_of(data, self.board.active)
        if alarm is None:
            return
        key = str(self.now)
        if alarm.state is AlarmState.ACKNOWLEDGED:
            with pytest.raises(ForbiddenTransitionError):
                self.board.acknowledge(self.transaction, alarm, who="siti", note=None, at=self.now, key=key)
        else:
            seen = self.board.acknowledge(self.transaction, alarm, who="siti", note=None, at=self.now, key=key)
            assert seen.acknowledgement.at == self.now

    @rule(data=st.data(), event=st.sampled_from(AlarmEvent))
    def move(self, data: st.DataObject, event: AlarmEvent) -> None:
        """Anything at all, to an alarm of now or of the past: what the table forbids leaves no trace."""
        alarm = self.any_of(data, [from_row(row) for row in self.transaction.alarms.values()])
        if alarm is None or (event is AlarmEvent.RAISE and self.board.of(alarm.subject, alarm.level) != alarm):
            return  # `raise_` looks after those
        if event is AlarmEvent.FIND and alarm.state is AlarmState.NORMAL:
            return  # it has happened to this one
        if (alarm.state, event) in TABLE:
            self.board.move(self.transaction, alarm, event, at=self.now)
            return
        before = self.board.active, len(self.transaction.events)
        with pytest.raises(ForbiddenTransitionError):
            self.board.move(self.transaction, alarm, event, at=self.now)
        assert before == (self.board.active, len(self.transaction.events))

    @rule()
    def restart(self) -> None:
        """The board is built anew from the journal's table, as a start does."""
        rows = map(from_row, self.transaction.alarms.values())
        after = Board(sorted((alarm for alarm in rows if alarm.active), key=lambda alarm: alarm.raised_at))
        for subject in SUBJECTS:
            for level in (AlarmLevel.CRITICAL, AlarmLevel.WARNING):
                assert after.of(subject, level) == self.board.of(subject, level)
        self.board = after

    @invariant()
    def one_stands_at_a_time(self) -> None:
        standing = [(alarm.subject, alarm.level) for alarm in self.board.active if alarm.standing]
        assert len(standing) == len(set(standing))
        assert all(self.board.is_standing(subject, level) for subject, level in standing)

    @invariant()
    def the_board_holds_what_is_not_normal(self) -> None:
        rows = map(from_row, self.transaction.alarms.values())
        assert {alarm.id: alarm for alarm in rows if alarm.active} == {alarm.id: alarm for alarm in self.board.active}

    @invariant()
    def the_events_give_the_table(self) -> None:
        states: dict[str, AlarmState] = {}
        records: dict[str, AlarmRecord] = {}
        for event in self.transaction.events:
            record = msgspec.convert(event.body, AlarmRecord)
            before = states.get(record.id, AlarmState.NORMAL)
            assert TABLE[before, EVENT_OF_KIND[event.kind]] is record.state
            assert event.subject == alarm_of(record).subject.key
            states[record.id], records[record.id] = record.state, record
        assert records == {name: record_of_row(row) for name, row in self.transaction.alarms.items()}

    @invariant()
    def no_event_is_recorded_twice(self) -> None:
        keys = [event.key for event in self.transaction.events]
        assert len(keys) == len(set(keys))


TestAnyAlarms = AnyAlarms.TestCase
TestAnyAlarms.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
