"""The kitchen as it stands: each reading is placed in time, judged, turned into alarms and stock, and drawn up for the
journal. No I/O and no clock: times come with the readings and with `tick`.
"""

from collections.abc import Sequence

from drivers.reading import Flag, Quality, Quantity, Reading, Reason, exact
from gateway.alarms.alarm import Alarm
from gateway.alarms.board import Board
from gateway.alarms.kinds import SystemKind
from gateway.config import Config
from gateway.config.plan import Plan
from gateway.haccp.rules.trace import Sample
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.batches.proposals import CookProposals
from gateway.monitoring.control_points.control_points import ControlPoints
from gateway.monitoring.control_points.typed_readings import TypedPoints
from gateway.monitoring.counters import Counters
from gateway.monitoring.points import behaviour
from gateway.monitoring.points.behaviour import Limits
from gateway.monitoring.points.point import NEVER, Latest, LivePoint, points_of
from gateway.monitoring.points.timeline import Timeline, arrival_time
from gateway.monitoring.probes.calibration import Checks, corrected_anew, correction_event
from gateway.monitoring.probes.check_notices import CheckWatch
from gateway.monitoring.probes.swapped import SwapWatch
from gateway.records.corrections import Correction
from gateway.records.quality import (
    AHEAD,
    FAR_AHEAD,
    is_judged,
    is_sound,
    judged_quality,
    plausible_time,
    undated_quality,
)
from gateway.records.transaction import Fold, Transaction
from gateway.stock.alarms import StockWatch
from gateway.stock.stores import Stores

BEHAVIOUR_SAVED_EVERY = 600_000_000
"""Microseconds of learning how a sensor behaves that a start may lose."""


class Kitchen:
    """Points, controls, alarms and stock of one kitchen."""

    def __init__(
        self,
        config: Config,
        *,
        board: Board,
        stores: Stores,
        timeline: Timeline,
        started_at: int,
        plan: Plan | None = None,
    ) -> None:
        """At rest. `plan`: the file's, with the approval that a person gave it on the page."""
        self.config = config
        self.plan = plan or Plan(config.haccp)
        self.board = board
        self.stores = stores
        self.counters = Counters()
        self.points = points_of(config, self.plan)
        self.by_id = {point.id: point for point in self.points.values()}
        self.control_points = ControlPoints(board, self.by_id)
        self.batches = FoodBatches(self.plan, board, self.by_id, config.kitchen.timezone)
        self.cooks = CookProposals(self.batches, list(self.by_id.values()), config.kitchen.language)
        stores.knows_batch = self.batches.live.__contains__
        self.typed = TypedPoints(config, self.plan, board)
        self.plan_changed = False
        """The plan was approved since people were last told; who tells them clears it."""
        self.checks = Checks()
        self.check_watch = CheckWatch(config, self.by_id.values(), board)
        self.resend: dict[str, int] = {}
        """Points whose readings since then have changed since the deliveries were told; who tells them clears it."""
        self.changed: dict[str, LivePoint] = {}
        """Points that changed since people were last told; who tells them clears it."""
        self.probes_changed: dict[str, LivePoint] = {}
        """Points whose calibration or check changed since people were last told; who tells them clears it."""
        self._stock_watch = StockWatch(stores, board)
        self._swap_watch = SwapWatch()
        self._timeline = timeline
        self.began_at = started_at
        self.clock_known = True
        """Whether arrivals have a certain date."""
        for alarm in board.active:
            if alarm.kind == "stale" and alarm.point in self.by_id:
                self.by_id[alarm.point].stale = alarm.standing

    def product_of(self, alarm: Alarm) -> str | None:
        """Of an alarm about a batch of food, what food."""
        live = self.batches.live.get(alarm.batch or "")
        return None if live is None else live.batch.product

    def committed(self) -> None:
        """The journal has the batch that was drawn up so far."""
        self._timeline.committed()

    @property
    def ahead(self) -> int:
        """How far ahead of our clock a device's time may be and be believed."""
        return AHEAD if self.clock_known else FAR_AHEAD

    # One reading.

    def take(self, transaction: Transaction, reading: Reading, arrived_at: int) -> None:
        """Place, judge and draw up one reading that arrived at `arrived_at`."""
        point = self.points.get((reading.device, reading.channel, reading.quantity))
        if point is None:
            self.unknown(reading, arrived_at)
            return
        ahead = self.ahead
        quality, reason = judged_quality(
            reading, lowest=point.lowest, highest=point.highest, arrived_at=arrived_at, ahead=ahead
        )
        dated = plausible_time(reading.measured_at, arrived_at, ahead)
        own = reading.measured_at if dated else None
        at = arrival_time(arrived_at, point.newest_at) if own is None else own
        flags = reading.flags
        flagged = flags is not Flag.NONE  # nearly none is, and asking an enum's bits is dear
        own_time = dated and not (flagged and flags & Flag.RELATIVE)
        sure = own_time or self.clock_known
        if not sure:
            flags |= Flag.UNDATED
        quality, reason = _quality_at(point, at, (quality, reason), sure=sure)
        if flagged and flags & Flag.RETAINED and not dated:
            if point.latest is not None:
                self.counters.duplicates += 1
                return
            quality, reason = Quality.UNCERTAIN, Reason.LAST_USABLE_VALUE
        value = None if quality is Quality.BAD else reading.value
        if not flagged and value is not None and point.live_at < at and is_sound(quality, reason):
            quality, reason = self._doubted(transaction, point, at, value, (quality, reason))
        placed = self._timeline.place(point, at, value, quality, from_device=own_time)
        if placed is None:
            self.counters.duplicates += 1
            return
        self.counters.readings += 1
        transaction.readings.append(
            (
                *(point.id, placed, value, quality, reason),
                *(reading.stable, reading.net, reading.tare, flags),
            )
        )
        point.newest_at = max(point.newest_at, placed)
        if flagged and flags & Flag.REPEATED and point.latest is not None:
            return
        if placed < point.live_at or (flagged and flags & Flag.HISTORICAL):
            self._late(transaction, point, placed)
            return
        point.date(own_time=own_time, ago=arrived_at - placed)
        latest = point.read(placed, value, quality, reason, stable=reading.stable, net=reading.net)
        self._newest(transaction, point, latest, arrived_at)
        if point.quantity is Quantity.WEIGHT:
            self._weigh(transaction, point, latest, reading.tare)

    def _doubted(
        self, transaction: Transaction, point: LivePoint, at: int, value: float, so_far: tuple[Quality, Reason | None]
    ) -> tuple[Quality, Reason | None]:
        """Quality and reason when the sensor does not behave like itself, else as they are."""
        doubt = None if point.limits is None else self._doubt(transaction, point, point.limits, at, value)
        return so_far if doubt is None else (Quality.UNCERTAIN, doubt)

    def _doubt(
        self, transaction: Transaction, point: LivePoint, limits: Limits, at: int, value: float
    ) -> Reason | None:
        """Whether the sensor still behaves like itself; what was learnt of it outlives a restart."""
        state = point.behaviour
        if state is None:
            point.behaviour = behaviour.begin(at, value)
            return None
        was_stuck = state.stuck
        doubt = behaviour.step(state, at, value, limits)
        if state.stuck is not was_stuck or at - point.behaviour_saved_at >= BEHAVIOUR_SAVED_EVERY:
            point.behaviour_saved_at = at
            subject = behaviour.subject_of(point.id)
            transaction.folds[subject] = Fold(subject, behaviour.VERSION, at, behaviour.to_json(state))
        return doubt

    def _newest(self, transaction: Transaction, point: LivePoint, latest: Latest, now: int) -> None:
        at = point.live_at = latest.measured_at
        point.latest = latest
        self.changed[point.id] = point
        if latest.value is None or not (latest.reason == Reason.IN_CHECK or is_judged(latest.quality, latest.reason)):
            return
        point.usable_at = at
        if point.stale and point.age(at, now) <= point.plan.stale_after:
            point.stale = False
            self.board.return_normal(transaction, point.id, "stale", at=at)
        if latest.reason == Reason.IN_CHECK:
            self.checks.hear(point, at, latest.value)
            return
        if not point.lowest_seen <= latest.value <= point.highest_seen:
            point.lowest_seen = min(point.lowest_seen, latest.value)
            point.highest_seen = max(point.highest_seen, latest.value)
        for control in point.controls:
            self.control_points.judge(transaction, control, at, latest.value, now)
        if point.listeners:
            sample = Sample(at, latest.value, point.id)
            for listener in point.listeners:
                listener.hear(transaction, point, sample, now)

    def _weigh(self, transaction: Transaction, point: LivePoint, latest: Latest, tare: float | None) -> None:
        self.stores.weigh(
            transaction,
            point.id,
            latest.measured_at,
            None if latest.value is None else exact(latest.value),
            stable=latest.stable,
            ok=is_sound(latest.quality, latest.reason),
            tare=None if tare is None else exact(tare),
        )

    def unknown(self, reading: Reading, at: int) -> None:
        """A reading that is no point of kitchen.yaml: counted, and said once in a while."""
        what = f"{reading.quantity} on channel {reading.channel!r}"
        text = f"sends {what}, which is no point of kitchen.yaml: add it under points, or leave it"
        self.counters.trouble(reading.device, "unknown_point", text, at)

    # Late readings.

    def _late(self, transaction: Transaction, point: LivePoint, at: int) -> None:
        self.counters.late += 1
        for control in point.guards:
            self.control_points.ask_refold(transaction, control, at)
        self.batches.late(transaction, point.id, at)

    def correct(
        self,
        transaction: Transaction,
        point: LivePoint,
        found: Sequence[Correction],
        *,
        key: str,
        who: str | None = None,
    ) -> None:
        """Correct a point's readings, of the past too: what was judged is judged anew, what was sent is sent again."""
        before, latest = point.corrections, point.latest
        for one in found:
            point.corrections = point.corrections.with_(one)
            transaction.events.append(correction_event(point.id, one, key=key, who=who))
        after = point.corrections
        self.probes_changed[point.id] = point
        self.batches.recalibrated(point)
        if latest is not None:
            point.latest = corrected_anew(latest, before, after)
            self.changed[point.id] = point
        since = min((one.since for one in found), default=0)
        if (before.steps, before.doubts) == (after.steps, after.doubts) or since > point.newest_at:
            return
        self.resend[point.id] = min(since, self.resend.get(point.id, since))
        for control in point.guards if before.steps != after.steps else ():
            control.tail = []
            self.control_points.ask_refold(transaction, control, since)
        self.batches.corrected(transaction, point.id, since)

    # Time that passes without readings.

    def tick(self, transaction: Transaction, now: int) -> None:
        """Find points that have fallen silent, and stock that runs out."""
        self._stock_watch.tick(transaction, now)
        for point in self.by_id.values():
            silent = min(point.age(point.usable_at, now), now - self.began_at)
            if not point.stale and silent > point.plan.stale_after:
                point.stale = True
                self.changed[point.id] = point
                self._raise_stale(transaction, point, now)
        self._suspect_swaps(transaction, now)
        self.probes_changed |= {point: self.by_id[point] for point in self.checks.forget(now)}
        for point, due in self.check_watch.tick(now):
            self.correct(transaction, point, [due], key=f"calibration:{point.id}:{due.since}")
        self.check_watch.tell(transaction, now)
        self.batches.tick(transaction, now)

    def _suspect_swaps(self, transaction: Transaction, now: int) -> None:
        read = {
            point.id: point.latest.value
            for point in self.by_id.values()
            if point.quantity is Quantity.TEMPERATURE and not point.stale
            if point.latest is not None and point.latest.value is not None and point.latest.reason != Reason.IN_CHECK
        }
        for swap in self._swap_watch.note(read, now):
            reason = f"{swap.one} {swap.other}"
            self.board.find_system(transaction, SystemKind.SENSORS_SWAPPED, since=swap.since, until=now, reason=reason)

    def _raise_stale(self, transaction: Transaction, point: LivePoint, now: int) -> None:
        latest = point.latest
        told = latest is not None and latest.quality != Quality.GOOD
        self.board.raise_stale(
            transaction,
            point.id,
            priority="high" if point.guards else "medium",
            since=point.usable_at if point.usable_at != NEVER else self.began_at,
            known_at=now,
            reason=latest.reason if told and latest is not None else None,
        )


def _quality_at(
    point: LivePoint, at: int, so_far: tuple[Quality, Reason | None], *, sure: bool
) -> tuple[Quality, Reason | None]:
    """Quality and reason of a reading at its moment: `sure` of it or not, and of its place or of a check."""
    quality, reason = so_far if sure else undated_quality(*so_far)
    aside = point.corrections.is_in_check(at) and is_judged(quality, reason)
    return (Quality.UNCERTAIN, Reason.IN_CHECK) if aside else (quality, reason)
