"""Collect what has changed since the last commit, for all who are told of it after the next one.

Rooms note what they change and clear nothing. The commit takes everything once and hands it to each of those who are
told (gateway.runtime.commit): whoever needs it for longer keeps it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.alarms.alarm import Alarm
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction
from gateway.stock.changes import StockChanges

Acknowledgement = tuple[int, int]
"""Connection and packet id of an MQTT message."""


@dataclass(slots=True)
class Changes:
    """What changed, by id.

    Attributes:
        alarms: as they are now, those that are normal again too.
        points: a newer reading, or another state.
        probes: their calibration or their check.
        batches: batches of food.
        corrected: points whose readings since then (UTC microseconds) have other values by a calibration.
        stock: of the stock.
        plan: its approval.
        links: links and deliveries.
    """

    alarms: dict[str, Alarm] = field(default_factory=dict)
    points: dict[str, LivePoint] = field(default_factory=dict)
    probes: dict[str, LivePoint] = field(default_factory=dict)
    batches: dict[str, LiveBatch] = field(default_factory=dict)
    corrected: dict[str, int] = field(default_factory=dict)
    stock: StockChanges = field(default_factory=StockChanges)
    plan: bool = False
    links: bool = False

    def correct(self, point: str, since: int) -> None:
        """Note that the readings of a point have other values from `since` on."""
        self.corrected[point] = min(since, self.corrected.get(point, since))

    def take(self) -> "Changes":
        """Return what is noted, and begin anew."""
        taken = Changes(stock=self.stock.take())
        taken.merge(self)
        for noted in (self.alarms, self.points, self.probes, self.batches, self.corrected):
            noted.clear()
        self.plan = self.links = False
        return taken

    def merge(self, later: "Changes") -> None:
        """Join later changes to these."""
        self.alarms |= later.alarms
        self.points |= later.points
        self.probes |= later.probes
        self.batches |= later.batches
        for point, since in later.corrected.items():
            self.correct(point, since)
        self.stock.merge(later.stock)
        self.plan |= later.plan
        self.links |= later.links


class Committed(NamedTuple):
    """What the journal has by now.

    Attributes:
        transaction: all that was committed together.
        changes: what it changed, and what changed without leaving a record.
        acknowledgements: the messages that the broker may forget.
        now: UTC microseconds.
        moment: real seconds that only grow.
    """

    transaction: Transaction
    changes: Changes
    acknowledgements: list[Acknowledgement]
    now: int
    moment: float
