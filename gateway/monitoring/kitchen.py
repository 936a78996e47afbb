"""Monitor a kitchen: each reading is assessed, recorded, judged by the controls of its point, and weighed as stock.

    reading → assess → record → judge → weigh        `take`, for each reading
    time    → silence, checks, verdicts that are due `tick`, where nothing comes

No I/O and no clock: times come with the readings and with `tick`. All that has to be kept goes into the transaction.
"""

from typing import NamedTuple

from drivers.reading import Flag, Quality, Quantity, Reading, Reason, exact
from gateway.alarms.alarm import Alarm
from gateway.alarms.board import Board
from gateway.alarms.conditions import stale_alarm
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.subjects import BatchSubject, PointSubject
from gateway.config import Config
from gateway.config.plan import HaccpPlan
from gateway.haccp.rules.trace import Sample
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.batches.proposals import CookProposals
from gateway.monitoring.batches.typed_points import TypedPoints
from gateway.monitoring.changes import Changes
from gateway.monitoring.control_points.control_points import ControlPoints
from gateway.monitoring.counters import Counters
from gateway.monitoring.points import behaviour
from gateway.monitoring.points.assess import Assessed, assess
from gateway.monitoring.points.point import NEVER, Latest, LivePoint, points_of
from gateway.monitoring.points.timeline import Timeline
from gateway.monitoring.probes.probes import Probes
from gateway.records.quality import is_judged, is_sound
from gateway.records.transaction import Fold, Transaction
from gateway.stock.alarms import StockWatch
from gateway.stock.stores import Stores
from gateway.stock.weighing.plateau import WeightReading

BEHAVIOUR_SAVED_EVERY = 600_000_000
"""Microseconds of learning how a sensor behaves that a start may lose."""


class Started(NamedTuple):
    """A start of the gateway: when it was, and what the journal gave for it."""

    at: int
    board: Board
    stores: Stores
    timeline: Timeline
    changes: Changes


class Kitchen:
    """One kitchen live: its points, probes, control points, batches and stock.

    It has 17 attributes: the rooms of monitoring are its parts, and each of them is used from outside by its name.
    """

    def __init__(self, config: Config, plan: HaccpPlan, started: Started) -> None:
        """At rest. `plan`: kitchen.yaml's, with the approval that a person gave it on the page."""
        self.config = config
        self.plan = plan
        self.changes = started.changes
        self.board = board = started.board
        self.stores = started.stores
        self.counters = Counters()
        self.points = points_of(config, plan)
        self.by_id = {point.id: point for point in self.points.values()}
        self.control_points = ControlPoints(board, self.by_id)
        self.batches = FoodBatches(plan, board, self.by_id, config.kitchen.timezone, changed=self.changes.batches)
        self.cooks = CookProposals(self.batches, list(self.by_id.values()), config.kitchen.language)
        self.typed = TypedPoints(config, plan, board)
        self.probes = Probes(
            config,
            self.by_id,
            board=board,
            control_points=self.control_points,
            batches=self.batches,
            changes=self.changes,
        )
        self.began_at = started.at
        self.clock_known = True
        """Whether arrivals have a certain date."""
        self._timeline = started.timeline
        self._stock_watch = StockWatch(started.stores, board)
        for alarm in board.active:
            if isinstance(alarm.subject, PointSubject) and alarm.subject.point in self.by_id:
                self.by_id[alarm.subject.point].stale = alarm.standing

    def product_of(self, alarm: Alarm) -> str | None:
        """Return what food an alarm about a running batch is about; None for any other alarm."""
        live = self.batches.live.get(alarm.subject.batch) if isinstance(alarm.subject, BatchSubject) else None
        return None if live is None else live.batch.product

    def approve(self, who: str) -> None:
        """Note who stands for the plan."""
        self.plan.approved_by = who
        self.changes.plan = True

    def temperature_of(self, point: str) -> float | None:
        """Return the °C that a point shows now; None when it shows none."""
        live = self.by_id.get(point)
        if live is None or live.stale or live.latest is None or live.quantity is not Quantity.TEMPERATURE:
            return None
        return live.latest.value

    def committed(self) -> None:
        """Note that the journal has everything that was recorded so far."""
        self._timeline.committed()

    # A reading comes.

    def take(self, transaction: Transaction, reading: Reading, arrived_at: int) -> None:
        """Take one reading that arrived at `arrived_at` (UTC microseconds)."""
        point = self.points.get((reading.device, reading.channel, reading.quantity))
        if point is None:
            self.unknown(reading, arrived_at)
            return
        assessed = assess(point, reading, arrived_at, clock_known=self.clock_known)
        recorded_at = None if assessed is None else self._record(transaction, point, reading, assessed)
        if assessed is None or recorded_at is None:
            self.counters.duplicates += 1
            return
        flags = reading.flags
        flagged = flags is not Flag.NONE
        if flagged and flags & Flag.REPEATED and point.latest is not None:
            return
        if recorded_at < point.live_at or (flagged and flags & Flag.HISTORICAL):
            self._take_late(transaction, point, recorded_at)
            return
        point.date(own_time=assessed.own_time, ago=arrived_at - recorded_at)
        latest = point.read(
            recorded_at, assessed.value, assessed.quality, assessed.reason, stable=reading.stable, net=reading.net
        )
        self._judge(transaction, point, latest, arrived_at)
        if point.quantity is Quantity.WEIGHT:
            self._weigh(transaction, point, latest, reading.tare)

    def unknown(self, reading: Reading, at: int) -> None:
        """Count a reading that is no point of kitchen.yaml, and log it once in a while."""
        what = f"{reading.quantity} on channel {reading.channel!r}"
        text = f"sends {what}, which is no point of kitchen.yaml: add it under points, or leave it"
        self.counters.trouble(reading.device, "unknown_point", text, at)

    def _record(self, transaction: Transaction, point: LivePoint, reading: Reading, assessed: Assessed) -> int | None:
        """Put the reading into the transaction; returns its unique time, None when it is there already."""
        at, value, quality, reason, flags, own_time, shows_behaviour = assessed
        placed = self._timeline.place(point, at, value, quality, from_device=own_time)
        if placed is None:
            return None
        self.counters.readings += 1
        transaction.readings.append(
            (
                *(point.id, placed, value, quality, reason),
                *(reading.stable, reading.net, reading.tare, flags),
            )
        )
        point.newest_at = max(point.newest_at, placed)
        if shows_behaviour and point.limits is not None and value is not None:
            self._learn(transaction, point, assessed, value)
        return placed

    def _learn(self, transaction: Transaction, point: LivePoint, assessed: Assessed, value: float) -> None:
        """Learn how the sensor behaves; what was learnt outlives a restart."""
        state, at, limits = point.behaviour, assessed.at, point.limits
        if state is None or limits is None:
            point.behaviour = behaviour.begin(at, value)
            return
        was_stuck = state.stuck
        behaviour.learn(state, at, value, limits, assessed.reason)
        if state.stuck is not was_stuck or at - point.behaviour_saved_at >= BEHAVIOUR_SAVED_EVERY:
            point.behaviour_saved_at = at
            subject = behaviour.subject_of(point.id)
            transaction.folds[subject] = Fold(subject, behaviour.VERSION, at, behaviour.to_json(state))

    def _judge(self, transaction: Transaction, point: LivePoint, latest: Latest, now: int) -> None:
        """Have the controls and batches of the point judge its newest reading."""
        at = point.live_at = latest.measured_at
        point.latest = latest
        self.changes.points[point.id] = point
        if latest.value is None or not (latest.reason == Reason.IN_CHECK or is_judged(latest.quality, latest.reason)):
            return
        point.usable_at = at
        if point.stale and point.age(at, now) <= point.plan.stale_after:
            point.stale = False
            self.board.return_to_normal(transaction, PointSubject(point.id), AlarmLevel.STALE, at=at)
        if latest.reason == Reason.IN_CHECK:
            self.probes.checks.take_reading(point, at, latest.value)
            return
        if not point.lowest_seen <= latest.value <= point.highest_seen:
            point.lowest_seen = min(point.lowest_seen, latest.value)
            point.highest_seen = max(point.highest_seen, latest.value)
        for control in point.controls:
            self.control_points.judge(transaction, control, at, latest.value, now)
        if point.listeners:
            sample = Sample(at, latest.value, point.id)
            for listener in point.listeners:
                listener.take_reading(transaction, point, sample, now)

    def _weigh(self, transaction: Transaction, point: LivePoint, latest: Latest, tare: float | None) -> None:
        """Have the stores take a weight: it may be a movement of stock."""
        weighing = WeightReading(
            latest.measured_at,
            None if latest.value is None else exact(latest.value),
            latest.stable,
            is_sound(latest.quality, latest.reason),
            None if tare is None else exact(tare),
        )
        self.stores.weigh(transaction, point.id, weighing)

    def _take_late(self, transaction: Transaction, point: LivePoint, at: int) -> None:
        """Have the controls and batches that a late reading belongs to folded anew."""
        self.counters.late += 1
        for control in point.guards:
            self.control_points.ask_refold(transaction, control, at)
        self.batches.refolds.ask_late(transaction, point.id, at)

    # Time passes without readings.

    def tick(self, transaction: Transaction, now: int) -> None:
        """Find points that have fallen silent, stock that runs out, checks and verdicts that are due."""
        self._stock_watch.tick(transaction, now)
        for point in self.by_id.values():
            silent = min(point.age(point.usable_at, now), now - self.began_at)
            if not point.stale and silent > point.plan.stale_after:
                point.stale = True
                self.changes.points[point.id] = point
                self._raise_stale(transaction, point, now)
        self.probes.tick(transaction, now)
        self.batches.tick(transaction, now)

    def _raise_stale(self, transaction: Transaction, point: LivePoint, now: int) -> None:
        latest = point.latest
        has_reason = latest is not None and latest.quality != Quality.GOOD
        alarm = stale_alarm(
            point.id,
            since=point.usable_at if point.usable_at != NEVER else self.began_at,
            known_at=now,
            reason=latest.reason if has_reason and latest is not None else None,
            guarded=bool(point.guards),
        )
        self.board.raise_(transaction, alarm)
