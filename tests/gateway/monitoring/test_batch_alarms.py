"""The alarms of a batch: one for each control while it runs, one for all that becomes known late."""

import pytest

from gateway.alarms.alarm import Alarm, AlarmState
from gateway.alarms.board import Board
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.subjects import BatchSubject, ProbeSubject
from gateway.haccp.limits.kind import Built
from gateway.haccp.rules.trace import MINUTE
from gateway.haccp.rules.verdict import Outcome, Verdict
from gateway.monitoring.batches.alarms import BatchAlarms, alarmed_by
from gateway.monitoring.batches.batch import BatchState, ClockJump, FoodBatch
from gateway.monitoring.batches.fold import JudgedControl, ReadingSource
from gateway.monitoring.batches.live import LiveBatch
from gateway.records.transaction import Transaction

NOW = 100 * MINUTE
CRITICAL, WARNING = AlarmLevel.CRITICAL, AlarmLevel.WARNING
FAIL, FORECAST, RUNNING, PASS = Outcome.FAIL, Outcome.PREDICTED_FAIL, Outcome.RUNNING, Outcome.PASS


class Case:
    """A batch whose controls stand as a test says."""

    def __init__(self) -> None:
        self.board, self.transaction = Board(), Transaction()
        self.alarms = BatchAlarms(self.board, {})
        controls = ("cooking", "cooling", "exposure")
        batch = FoodBatch(id="b", product="Soto", state=BatchState.OPEN, opened_at=0, controls=controls, point="pot")
        self.live = LiveBatch(self, batch)

    def ask(self, _transaction: Transaction, _live: LiveBatch) -> None:
        raise AssertionError("an alarm has nothing judged again")

    def stands(self, now: int = NOW, **controls: tuple[Outcome, int]) -> list[Alarm]:
        self.live.judged = [
            JudgedControl(
                control,
                ReadingSource.SENSOR,
                Verdict(outcome=outcome, decided_at=at),
                Verdict(outcome=outcome, decided_at=at),
                Built(None),
            )
            for control, (outcome, at) in controls.items()
        ]
        self.alarms.update(self.transaction, self.live, now)
        return self.board.active

    def closed(self, at: int = NOW) -> None:
        self.live.become(
            FoodBatch(
                id="b",
                product="Soto",
                state=BatchState.CLOSED,
                opened_at=0,
                controls=self.live.batch.controls,
                point="pot",
                closed_at=at,
            )
        )


@pytest.fixture
def case() -> Case:
    return Case()


def test_each_control_that_fails_in_time_has_an_alarm_of_its_own(case: Case) -> None:
    alarms = case.stands(cooling=(FAIL, NOW - MINUTE), exposure=(FAIL, NOW))
    assert [alarm.subject for alarm in alarms] == [BatchSubject("b", "cooling"), BatchSubject("b", "exposure")]
    assert [(alarm.level, alarm.state, alarm.late) for alarm in alarms] == [
        (CRITICAL, AlarmState.UNACKNOWLEDGED, False)
    ] * 2
    case.stands(now=NOW + MINUTE, cooling=(FAIL, NOW - MINUTE), exposure=(FAIL, NOW))
    assert len(case.transaction.events) == 2, "what stands is not raised again"


def test_what_is_known_late_is_one_alarm_of_the_first_failure_that_names_the_others(case: Case) -> None:
    (alarm,) = case.stands(exposure=(FAIL, 60 * MINUTE), cooling=(FAIL, 50 * MINUTE), cooking=(FAIL, 70 * MINUTE))
    assert alarm.subject == BatchSubject("b", "cooling", None, ("exposure", "cooking"))
    assert (alarm.late, alarm.started_at, alarm.known_at) == (True, 50 * MINUTE, NOW)


def test_more_that_is_known_late_is_named_in_the_same_alarm_and_asks_again(case: Case) -> None:
    (alarm,) = case.stands(cooling=(FAIL, 50 * MINUTE))
    case.board.acknowledge(case.transaction, alarm, who="siti", note=None, at=NOW, key="seen")
    (asked,) = case.stands(now=NOW + 1, cooling=(FAIL, 50 * MINUTE), exposure=(FAIL, 40 * MINUTE))
    assert (asked.id, asked.subject.controls, asked.state) == (
        alarm.id,
        ("cooling", "exposure"),
        AlarmState.UNACKNOWLEDGED,
    )
    assert (asked.started_at, asked.acknowledgement.by) == (40 * MINUTE, "siti")


def test_a_failure_takes_over_from_the_warning_of_its_control(case: Case) -> None:
    (warning,) = case.stands(cooling=(FORECAST, NOW))
    (alarm,) = case.stands(now=NOW + MINUTE, cooling=(FAIL, NOW + MINUTE))
    assert (warning.level, alarm.level) == (WARNING, CRITICAL)
    assert [event.kind for event in case.transaction.events] == ["alarm_raised", "alarm_superseded", "alarm_raised"]


def test_a_warning_ends_when_the_failure_is_no_longer_foreseen(case: Case) -> None:
    case.stands(cooling=(FORECAST, NOW))
    (alarm,) = case.stands(now=NOW + MINUTE, cooling=(RUNNING, NOW))
    assert alarm.state is AlarmState.RETURNED_UNACKNOWLEDGED


@pytest.mark.parametrize("how", ["late readings", "another clock"])
def test_neither_late_readings_nor_another_clock_end_a_warning(case: Case, how: str) -> None:
    case.stands(cooling=(FORECAST, NOW))
    if how == "late readings":
        case.live.late = True
    else:
        batch = case.live.batch
        jumped = {name: getattr(batch, name) for name in batch.__struct_fields__} | {"clock_jump": ClockJump(1, 2)}
        case.live.become(FoodBatch(**jumped))
    (alarm,) = case.stands(now=NOW + MINUTE, cooling=(RUNNING, NOW))
    assert alarm.standing
    case.live.late = False
    (alarm,) = case.stands(now=NOW + 2 * MINUTE, cooling=(RUNNING, NOW))
    assert alarm.standing, "nor does it end later"


def test_a_failure_of_a_closed_batch_is_raised_once_and_has_ended_with_it(case: Case) -> None:
    case.closed(at=NOW - MINUTE)
    (alarm,) = case.stands(cooling=(FAIL, NOW - 2 * MINUTE))
    assert (alarm.state, alarm.returned_at) == (AlarmState.RETURNED_UNACKNOWLEDGED, NOW - MINUTE)
    case.board.acknowledge(case.transaction, alarm, who="siti", note=None, at=NOW, key="seen")
    assert case.stands(now=NOW + MINUTE, cooling=(FAIL, NOW - 2 * MINUTE)) == []


def test_the_end_of_a_batch_ends_its_alarms_and_a_batch_that_never_was_has_none(case: Case) -> None:
    case.stands(cooling=(FAIL, NOW), exposure=(FORECAST, NOW))
    case.alarms.end(case.transaction, case.live.batch, now=NOW + MINUTE)
    assert {alarm.state for alarm in case.board.active} == {AlarmState.RETURNED_UNACKNOWLEDGED}
    case.alarms.remove(case.transaction, case.live.batch, "cooling", now=NOW + 2 * MINUTE)
    assert [alarm.subject.control for alarm in case.board.active] == ["exposure"]
    case.alarms.remove(case.transaction, case.live.batch, now=NOW + 2 * MINUTE)
    assert case.board.active == []


def test_a_past_batch_that_fails_by_its_corrected_probe_is_named_in_the_alarm_about_the_probe(case: Case) -> None:
    case.closed()
    case.live.corrected = True
    (alarm,) = case.stands(cooling=(FAIL, 50 * MINUTE))
    assert (alarm.subject, alarm.reason, alarm.level) == (ProbeSubject("pot"), "b", AlarmLevel.BATCHES_FAIL)
    case.stands(now=NOW + 1, cooling=(FAIL, 50 * MINUTE))
    assert len(case.transaction.events) == 1, "once"
    assert alarmed_by([alarm]) >= {("cooling", CRITICAL), ("cooking", CRITICAL)}, "it is about every control"


def test_a_batch_remembers_after_a_start_what_its_alarms_have_said(case: Case) -> None:
    alarms = case.stands(cooling=(FAIL, 50 * MINUTE), exposure=(FAIL, 60 * MINUTE), cooking=(FORECAST, NOW))
    assert alarmed_by(alarms) == {("cooling", CRITICAL), ("exposure", CRITICAL), ("cooking", WARNING)}
    assert case.live.alarms.raised == alarmed_by(alarms)
