"""Readings that people type for a point: a hand thermometer in the chiller, judged by its control points' own limits.

They are judged by themselves and shown apart; they end no alarm of the sensor and fill no gap of it.
"""

from collections.abc import Callable
from typing import Literal

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
"""Typed readings that are judged together."""


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


class TypedPoints:
    """What was typed for the kitchen's points in the last day."""

    def __init__(self, config: Config, plan: HaccpPlan, board: Board) -> None:
        self._config = config
        self._plan = plan
        self._board = board
        self._readings: dict[str, list[TypedReading]] = {}

    def restore(self, reading: TypedReading) -> None:
        """One that the journal has."""
        self._readings.setdefault(str(reading.point), []).append(reading)

    def redate(self, move: Callable[[int], int]) -> None:
        """What was typed while the time was not known has a date."""
        self._readings = moved(self._readings, move)

    def known(self, key: str) -> TypedReading | None:
        """What was typed with a command."""
        return next((one for readings in self._readings.values() for one in readings if one.key == key), None)

    def take(self, transaction: Transaction, reading: TypedReading, *, now: int) -> list[TypedVerdict]:
        """A new reading; returns how the point's control points stand by what was typed."""
        self.restore(reading)
        readings = self._readings[str(reading.point)] = [
            one for one in self._readings[str(reading.point)] if one.at > now - KEPT
        ]
        body: dict[str, object] = {
            "point": reading.point,
            "value": reading.value,
            "instrument": reading.instrument,
            "step": reading.step.value,
            "measured_at": reading.at,
        }
        subject = f"point:{reading.point}"
        transaction.events.append(
            Event(key=reading.key, kind="typed_reading", subject=subject, at=now, person=reading.person, body=body)
        )
        transaction.typed.append(typed_row(reading))
        return [
            self._judge(transaction, control, readings, now)
            for control in self._config.controls_of(str(reading.point))
            if control.kind != DEW_POINT.name  # a thermometer alone tells none
        ]

    def _judge(
        self, transaction: Transaction, control: ControlPoint, readings: list[TypedReading], now: int
    ) -> TypedVerdict:
        rows = tuple(self._plan.rows(control))
        samples = [Sample(one.at, one.value) for one in sorted(readings, key=lambda one: one.at)]
        verdict = judged(HoldingControl(rows, TYPED_GAP), samples, TYPED_GAP, now=samples[-1].at)
        newest = samples[-1].value
        beyond = [row.value for row in rows if row.level == CRITICAL and row.is_beyond(newest)]
        outcome = verdict.outcome if beyond else Outcome.PASS
        self._alarm(transaction, control, verdict, newest=newest, beyond=beyond, now=now)
        words = [reason_words(reason) for reason in verdict.reasons] if beyond else []
        return TypedVerdict(
            control=control.id,
            kind=control.kind,
            source="typed",
            verdict=outcome,
            value=newest,
            limit=beyond[0] if beyond else None,
            reasons=[each["en"] for each in words],
            told=words,
            profile=self._plan.profile.id,
            notice=self._plan.notice,
        )

    def _alarm(
        self,
        transaction: Transaction,
        control: ControlPoint,
        verdict: Verdict,
        *,
        newest: float,
        beyond: list[float],
        now: int,
    ) -> None:
        """A deviation by typed readings alarms; a typed reading within the limits ends that alarm, and no other."""
        subject = TypedSubject(control.id, control.kind, control.point)
        if not beyond:
            self._board.return_to_normal(transaction, subject, AlarmLevel.CRITICAL, at=now)
        elif verdict.outcome is Outcome.FAIL:
            self._board.raise_(transaction, typed_alarm(subject, at=now, value=newest, limit=beyond[0]))
