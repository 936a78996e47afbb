"""When a verdict of a batch is issued anew, what a jump of the clock leaves of it, and what of it is an alarm."""

import msgspec
import pytest

from gateway.alarms.kinds import AlarmLevel
from gateway.haccp.limits.kind import Built
from gateway.haccp.rules.eat_by import EatBy
from gateway.haccp.rules.trace import MINUTE
from gateway.haccp.rules.verdict import Action, Measure, Outcome, Verdict, why
from gateway.monitoring.batches.batch import ClockJump
from gateway.monitoring.batches.fold import JudgedControl, ReadingSource
from gateway.monitoring.batches.verdicts import (
    BatchReason,
    IssuedVerdict,
    failure_of,
    is_due,
    judged_across_jump,
    number_of,
    overall,
)

RUNNING, PASS, FAIL = Outcome.RUNNING, Outcome.PASS, Outcome.FAIL
FORECAST = Outcome.PREDICTED_FAIL
COOKED_AT = 1_000 * MINUTE
EAT_BY = EatBy(allowed=240 * MINUTE, warning=180 * MINUTE)


def judged(
    verdict: Verdict,
    control: str = "cooling",
    *,
    built: Built | None = None,
    source: ReadingSource = ReadingSource.SENSOR,
) -> JudgedControl:
    return JudgedControl(control, source, verdict, verdict, built or Built(None))


def eat_by(outcome: Outcome) -> JudgedControl:
    latest = Measure(value=float(COOKED_AT + EAT_BY.allowed), unit="time")
    verdict = Verdict(outcome=outcome, decided_at=1, measures={"latest_eat_by": latest})
    return judged(verdict, "eat_by", built=Built(EAT_BY))


def issued(verdict: Verdict, *, final: bool = False, trace_hash: str = "") -> IssuedVerdict:
    return IssuedVerdict(
        key="b.cooling.sensor.1",
        batch="b",
        control="cooling",
        source=ReadingSource.SENSOR,
        verdict=verdict,
        final=final,
        late=False,
        trace_hash=trace_hash,
        computed_at=1,
        supersedes=None,
        profile="p",
        profile_hash="h",
        approved_by=None,
        limits={},
        overrides=[],
    )


@pytest.mark.parametrize(
    ("verdict", "due"),
    [
        (Verdict(outcome=RUNNING), False),
        (Verdict(outcome=Outcome.INDETERMINATE), False),
        (Verdict(outcome=Outcome.INDETERMINATE, decided_at=5), True),
        (Verdict(outcome=FAIL, decided_at=5), True),
        (Verdict(outcome=FORECAST), True),
    ],
)
def test_the_first_verdict_is_issued_when_something_is_certain_or_foreseen(verdict: Verdict, due: bool) -> None:
    assert is_due(None, judged(verdict), final=False, trace_hash="") is due
    assert is_due(None, judged(verdict), final=True, trace_hash=""), "the last one always is"


def test_a_verdict_is_issued_anew_when_its_outcome_its_moment_its_action_or_its_doubts_change() -> None:
    fails = Verdict(outcome=FAIL, decided_at=5)
    doubt = why("doubted_calibration", count="3")
    for later, due in (
        (fails, False),
        (Verdict(outcome=FAIL, decided_at=6), True),
        (Verdict(outcome=PASS, decided_at=5), True),
        (Verdict(outcome=FAIL, decided_at=5, action=Action.DISCARD), True),
        (Verdict(outcome=FAIL, decided_at=5, reasons=(doubt,)), True),
    ):
        assert is_due(issued(fails), judged(later), final=False, trace_hash="") is due, later
    doubted = Verdict(outcome=FAIL, decided_at=5, reasons=(why("doubted_calibration", count="2"),))
    more = Verdict(outcome=FAIL, decided_at=5, reasons=(doubt,))
    assert not is_due(issued(doubted), judged(more), final=False, trace_hash=""), "more readings of the same doubt"


def test_a_forecast_that_stands_is_issued_once_however_often_it_is_made() -> None:
    assert not is_due(
        issued(Verdict(outcome=FORECAST, decided_at=5)),
        judged(Verdict(outcome=FORECAST, decided_at=9)),
        final=False,
        trace_hash="",
    )


def test_a_final_verdict_is_issued_again_only_for_another_trace() -> None:
    verdict = Verdict(outcome=PASS, decided_at=5)
    final = issued(verdict, final=True, trace_hash="a")
    assert is_due(issued(verdict), judged(verdict), final=True, trace_hash="a"), "the first final one"
    assert not is_due(final, judged(verdict), final=True, trace_hash="a")
    assert is_due(final, judged(verdict), final=True, trace_hash="b")
    assert is_due(final, judged(verdict), final=False, trace_hash=""), "it runs again"


@pytest.mark.parametrize(
    ("verdict", "outcome", "names_the_jump"),
    [
        (Verdict(outcome=PASS, decided_at=9), PASS, False),
        (Verdict(outcome=PASS, decided_at=10 * MINUTE), Outcome.INDETERMINATE, True),
        (Verdict(outcome=RUNNING), Outcome.INDETERMINATE, True),
        (Verdict(outcome=FAIL, decided_at=99 * MINUTE), FAIL, True),
        (Verdict(outcome=FORECAST), FORECAST, True),
    ],
)
def test_across_a_jump_of_the_clock_only_what_was_decided_before_or_fails_is_certain(
    verdict: Verdict, outcome: Outcome, names_the_jump: bool
) -> None:
    after = judged_across_jump(judged(verdict), ClockJump(old=40 * MINUTE, new=10 * MINUTE)).verdict
    assert after.outcome is outcome
    assert [(reason.sentence, reason.parts) for reason in after.reasons] == (
        [("clock_set", {"minutes": "-30"})] if names_the_jump else []
    )


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict(outcome=FAIL, decided_at=7), BatchReason.FAIL),
        (Verdict(outcome=FAIL, decided_at=7, action=Action.DISCARD), BatchReason.DISCARD),
        (Verdict(outcome=FORECAST, decided_at=7), BatchReason.PREDICTED_FAIL),
        (Verdict(outcome=Outcome.INFEASIBLE, decided_at=7), BatchReason.INFEASIBLE),
        (Verdict(outcome=RUNNING), None),
        (Verdict(outcome=PASS, decided_at=7), None),
        (Verdict(outcome=Outcome.INDETERMINATE), None),
    ],
)
def test_what_fails_or_will_is_a_failure_since_it_was_certain(verdict: Verdict, reason: BatchReason | None) -> None:
    failure = failure_of(judged(verdict), now=50)
    assert (failure and (failure.reason, failure.since)) == (reason and (reason, 7))


def test_the_uncertainty_of_readings_moves_no_alarm() -> None:
    fails, unsure = Verdict(outcome=FAIL, decided_at=7), Verdict(outcome=Outcome.INDETERMINATE)
    assert failure_of(msgspec.structs.replace(judged(fails), verdict=unsure), now=50) is not None
    assert failure_of(msgspec.structs.replace(judged(fails), as_read=unsure), now=50) is None


def test_a_time_to_eat_by_warns_before_it_is_over() -> None:
    warn_at, over_at = COOKED_AT + 180 * MINUTE, COOKED_AT + 240 * MINUTE
    assert failure_of(eat_by(RUNNING), now=warn_at - 1) is None
    near = failure_of(eat_by(RUNNING), now=warn_at)
    assert (near.reason, near.level, near.since) == (BatchReason.EAT_BY_NEAR, AlarmLevel.WARNING, warn_at)
    over = failure_of(eat_by(FAIL), now=over_at + MINUTE)
    assert (over.reason, over.level, over.since) == (BatchReason.EAT_BY_OVER, AlarmLevel.CRITICAL, over_at)
    assert number_of(eat_by(RUNNING)) == (60.0, 240.0), "minutes that are left, and that are allowed"
    assert number_of(eat_by(FAIL)) == (0.0, 240.0)


def test_an_alarm_shows_the_first_measure_that_makes_the_control_fail() -> None:
    measures = {
        "stage_1": Measure(value=100.0, limit=120.0, verdict=PASS),
        "stage_2": Measure(value=400.0, limit=240.0, verdict=FAIL),
        "total": None,
    }
    assert number_of(judged(Verdict(outcome=FAIL, decided_at=7, measures=measures))) == (400.0, 240.0)
    assert number_of(judged(Verdict(outcome=FAIL, decided_at=7))) == (None, None)


def test_the_worst_control_is_the_outcome_of_the_batch() -> None:
    by_sensor = judged(Verdict(outcome=RUNNING), "cooking")
    typed = judged(Verdict(outcome=PASS, decided_at=5), "cooking", source=ReadingSource.TYPED)
    assert overall([]) is None
    assert overall([by_sensor]) is RUNNING
    assert overall([by_sensor, typed]) is PASS, "what one source decides, the other does not keep open"
    assert overall([typed, judged(Verdict(outcome=FAIL, decided_at=6))]) is FAIL
