"""Judge the temperatures that people type for a point, by the limits of the point's control points.

They are judged by themselves and shown apart: they end no alarm of the sensor and fill no gap of it.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from gateway.alarms.board import Board
from gateway.alarms.conditions import typed_alarm
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.subjects import TypedSubject
from gateway.config import Config, ControlPoint
from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.holding import DEW_POINT
from gateway.haccp.limits.kinds import PointKindName
from gateway.haccp.rules.holding_control import CRITICAL, HoldingControl
from gateway.haccp.rules.rule import judged
from gateway.haccp.rules.trace import HOUR, Sample
from gateway.haccp.rules.verdict import Outcome, Verdict
from gateway.messages import reason_words
from gateway.messages.words import TextShape
from gateway.monitoring.batches.fold import TYPED_GAP, TypedReading
from gateway.monitoring.batches.records import typed_row
from gateway.monitoring.batches.snapshot import Notice, TypedRecord
from gateway.records.shape import Shape
from gateway.records.time_shift import moved
from gateway.records.transaction import Event, Transaction

KEPT = 24 * HOUR
"""So long, in microseconds, typed readings of a point are judged together."""


class TypedVerdict(Shape, frozen=True):
    """How a control point stands by what was typed for its point; `value` and `limit` in its unit."""

    control: str
    kind: PointKindName
    source: Literal["typed"]
    verdict: Outcome
    value: float
    limit: float | None
    reasons: list[str]
    told: list[TextShape]
    profile: str
    notice: Notice


class TypedOfPoint(Shape, frozen=True):
    """What was typed for a point, and how its control points stand by that."""

    typed: TypedRecord
    verdicts: list[TypedVerdict]


class _Judgement(NamedTuple):
    """The newest typed value of a point, the critical limit that it does not meet, and the verdict if there is one."""

    value: float
    limit: float | None
    verdict: Verdict


class TypedPoints:
    """The readings that were typed for the kitchen's points in the last day."""

    def __init__(self, config: Config, plan: HaccpPlan, board: Board) -> None:
        self._config = config
        self._plan = plan
        self._board = board
        self._readings: dict[str, list[TypedReading]] = {}

    def restore(self, reading: TypedReading) -> None:
        """Take up a reading of the journal."""
        self._readings.setdefault(str(reading.point), []).append(reading)

    def redate(self, move: Callable[[int], int]) -> None:
        """Move the readings to the times that are known now."""
        self._readings = moved(self._readings, move)

    def of_command(self, key: str) -> TypedReading | None:
        """Return the reading that was typed with a command."""
        readings = (reading for readings in self._readings.values() for reading in readings)
        return next((reading for reading in readings if reading.key == key), None)

    def take(self, transaction: Transaction, reading: TypedReading, *, now: int) -> list[TypedVerdict]:
        """Record a reading, and return the verdicts of the point's control points by what was typed in the last day.

        A reading that is older itself is judged no more.
        """
        point = str(reading.point)
        readings = [*self._readings.get(point, ()), reading]
        self._readings[point] = [earlier for earlier in readings if earlier.at > now - KEPT]
        transaction.events.append(_event_of(reading, now))
        transaction.typed.append(typed_row(reading))
        if not self._readings[point]:
            return []
        return [
            self._judge(transaction, control, now)
            for control in self._config.controls_of(point)
            if control.kind != DEW_POINT.name  # a thermometer alone shows none
        ]

    def _judge(self, transaction: Transaction, control: ControlPoint, now: int) -> TypedVerdict:
        judgement = self._judgement_of(control)
        self._alarm(transaction, control, judgement, now)
        fails = judgement.limit is not None
        words = [reason_words(reason) for reason in judgement.verdict.reasons] if fails else []
        return TypedVerdict(
            control=control.id,
            kind=control.kind,
            source="typed",
            verdict=judgement.verdict.outcome if fails else Outcome.PASS,
            value=judgement.value,
            limit=judgement.limit,
            reasons=[text["en"] for text in words],
            told=words,
            profile=self._plan.profile.id,
            notice=self._plan.notice,
        )

    def _judgement_of(self, control: ControlPoint) -> _Judgement:
        rows = tuple(self._plan.rows(control))
        readings = sorted(self._readings[control.point], key=lambda reading: reading.at)
        samples = [Sample(reading.at, reading.value) for reading in readings]
        newest = samples[-1]
        verdict = judged(HoldingControl(rows, TYPED_GAP), samples, TYPED_GAP, now=newest.at)
        limits = (row.value for row in rows if row.level == CRITICAL and row.is_beyond(newest.value))
        return _Judgement(newest.value, next(limits, None), verdict)

    def _alarm(self, transaction: Transaction, control: ControlPoint, judgement: _Judgement, now: int) -> None:
        """Raise an alarm of a deviation by typed readings, or end it: a typed reading ends no other."""
        subject = TypedSubject(control.id, control.kind, control.point)
        value, limit, verdict = judgement
        if limit is None:
            self._board.return_to_normal(transaction, subject, AlarmLevel.CRITICAL, at=now)
        elif verdict.outcome is Outcome.FAIL:
            self._board.raise_(transaction, typed_alarm(subject, at=now, value=value, limit=limit))


def _event_of(reading: TypedReading, now: int) -> Event:
    body: dict[str, object] = {
        "point": reading.point,
        "value": reading.value,
        "instrument": reading.instrument,
        "step": reading.step.value,
        "measured_at": reading.at,
    }
    subject = f"point:{reading.point}"
    return Event(key=reading.key, kind="typed_reading", subject=subject, at=now, person=reading.person, body=body)
