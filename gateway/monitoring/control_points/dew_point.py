"""Pair each temperature with the humidity of its moment, as the two points of a dew point control are read.

A temperature waits until the next reading of either point: then no older humidity can come any more.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.haccp.rules.dew_spread import Reading, spread
from gateway.haccp.rules.trace import Sample
from gateway.monitoring.points.point import NEVER, LiveControl, LivePoint
from gateway.records.transaction import Transaction


class ControlJudge(Protocol):
    """Judges the values of a control (ControlPoints)."""

    def judge(self, transaction: Transaction, control: LiveControl, at: int, value: float, now: int) -> None: ...

    def ask_refold(self, transaction: Transaction, control: LiveControl, since: int) -> None: ...


@dataclass(slots=True, eq=False)
class DewPointPairs:
    """Listens to the two points of a dew point control, and judges how far the air is above its dew point.

    Attributes:
        judge: judges the spread, in K.
        control: whose points these are.
        max_age: how old a humidity may be, in microseconds.
        humidities: the newest, and those of the time that is not judged yet.
        temperature: the one that waits for its humidity.
        judged_at: the time of the last temperature that was judged.
    """

    judge: ControlJudge
    control: LiveControl
    max_age: int
    humidities: deque[Reading] = field(default_factory=deque)
    temperature: Reading | None = None
    judged_at: int = NEVER

    def take_reading(self, transaction: Transaction, point: LivePoint, sample: Sample, now: int) -> None:
        """Take the next reading of either point."""
        if point.id == self.control.plan.point:
            self._settle(transaction, now)
            self.temperature = (sample.at, sample.value)
            if self.humidities and self.humidities[-1][0] >= sample.at:
                self._settle(transaction, now)
        else:
            self._take_humidity(transaction, sample, now)

    def redate(self, _transaction: Transaction, point: str, move: Callable[[int], int]) -> None:
        """Go on by another clock of one of the two points."""
        if point != self.control.plan.point:
            self.humidities = deque((move(at), value) for at, value in self.humidities)
            return
        if self.temperature is not None:
            self.temperature = (move(self.temperature[0]), self.temperature[1])
        if self.judged_at != NEVER:
            self.judged_at = move(self.judged_at)

    def _take_humidity(self, transaction: Transaction, sample: Sample, now: int) -> None:
        state = self.control.state
        if sample.at <= max(self.judged_at, NEVER if state is None else state.at):
            self.judge.ask_refold(transaction, self.control, sample.at)
        self.humidities.append((sample.at, sample.value))
        if self.temperature is not None and sample.at >= self.temperature[0]:
            self._settle(transaction, now)

    def _settle(self, transaction: Transaction, now: int) -> None:
        """Judge the temperature that waits by the newest humidity of its moment or before."""
        temperature, self.temperature = self.temperature, None
        if temperature is None:
            return
        self.judged_at = temperature[0]
        while len(self.humidities) > 1 and self.humidities[1][0] <= temperature[0]:
            self.humidities.popleft()
        humidity = self.humidities[0] if self.humidities and self.humidities[0][0] <= temperature[0] else None
        above_dew_point, state = spread(temperature, humidity, self.max_age), self.control.state
        if above_dew_point is not None and (state is None or state.at < temperature[0]):
            self.judge.judge(transaction, self.control, temperature[0], above_dew_point, now)
