"""Live, a temperature waits for the humidity of its moment: the next reading of either says that no older one comes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.haccp.rules.dew_spread import Reading, spread
from gateway.haccp.rules.trace import Sample
from gateway.monitoring.points.point import NEVER, LiveControl, LivePoint
from gateway.records.transaction import Transaction


class Owner(Protocol):
    """Who folds what is paired."""

    def judge(self, transaction: Transaction, control: LiveControl, at: int, value: float, now: int) -> None: ...

    def ask_refold(self, transaction: Transaction, control: LiveControl, since: int) -> None: ...


@dataclass(slots=True, eq=False)
class DewWatch:
    """Listens to the two points of a control. `max_age`: so long a humidity counts, in microseconds."""

    owner: Owner
    control: LiveControl
    max_age: int
    heard: deque[Reading] = field(default_factory=deque)
    """The humidity: the newest, and those of the time that is not judged yet."""
    waiting: Reading | None = None
    judged_at: int = NEVER

    def hear(self, transaction: Transaction, point: LivePoint, sample: Sample, now: int) -> None:
        """A reading of either point."""
        if point.id == self.control.plan.point:
            self._settle(transaction, now)
            self.waiting = (sample.at, sample.value)
            if self.heard and self.heard[-1][0] >= sample.at:
                self._settle(transaction, now)
        else:
            self._take_humidity(transaction, sample, now)

    def redate(self, point: str, move: Callable[[int], int]) -> None:
        """One of the two goes on by another clock."""
        if point != self.control.plan.point:
            self.heard = deque((move(at), value) for at, value in self.heard)
            return
        if self.waiting is not None:
            self.waiting = (move(self.waiting[0]), self.waiting[1])
        if self.judged_at != NEVER:
            self.judged_at = move(self.judged_at)

    def _take_humidity(self, transaction: Transaction, sample: Sample, now: int) -> None:
        state = self.control.state
        if sample.at <= max(self.judged_at, NEVER if state is None else state.at):
            self.owner.ask_refold(transaction, self.control, sample.at)
        self.heard.append((sample.at, sample.value))
        if self.waiting is not None and sample.at >= self.waiting[0]:
            self._settle(transaction, now)

    def _settle(self, transaction: Transaction, now: int) -> None:
        """The temperature that waits is judged by what is known of its moment."""
        waiting, self.waiting = self.waiting, None
        if waiting is None:
            return
        self.judged_at = waiting[0]
        while len(self.heard) > 1 and self.heard[1][0] <= waiting[0]:
            self.heard.popleft()
        newest = self.heard[0] if self.heard and self.heard[0][0] <= waiting[0] else None
        found, state = spread(waiting, newest, self.max_age), self.control.state
        if found is not None and (state is None or state.at < waiting[0]):
            self.owner.judge(transaction, self.control, waiting[0], found, now)
