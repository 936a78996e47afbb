"""The kitchen as it stands: each reading is placed in time, judged, turned into alarms and stock, and drawn up for the
journal. No I/O and no clock: times come with the readings and with `tick`.
"""

from collections.abc import Iterable, Sequence

from drivers.reading import UNIT_OF, Flag, Quality, Quantity, Reading, Reason, exact
from gateway import behaviour
from gateway.alarms import Alarm
from gateway.arrivals import Refolded
from gateway.behaviour import Limits
from gateway.board import PRIORITY, Board
from gateway.calibration import Checks, corrected_anew, correction_event
from gateway.config import Config
from gateway.config.plan import Plan
from gateway.corrections import Correction
from gateway.counters import Counters
from gateway.food_batches import FoodBatches
from gateway.journal.records import Batch, Event, Fold
from gateway.live import NEVER, Latest, LiveControl, LivePoint, points_of
from gateway.messages.alarms import SystemKind
from gateway.quality import is_judged, judged_quality, plausible_time
from gateway.rules import holding
from gateway.rules.deviation import Deviation, as_deviation
from gateway.rules.holding import Raised, Returned
from gateway.rules.trace import Sample
from gateway.stock_watch import StockWatch
from gateway.stores import Stores
from gateway.swapped import SwapWatch
from gateway.timeline import Timeline
from gateway.typed_points import TypedPoints

CHECKPOINT_EVERY = 60_000_000
"""Microseconds of readings that a start folds again at most; a change of a fold is saved with what it drew."""
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
        self.controls = {control.id: control for point in self.by_id.values() for control in point.controls}
        self.batches = FoodBatches(
            self.plan, board, self.by_id, config.kitchen.timezone, language=config.kitchen.language
        )
        stores.knows_batch = self.batches.live.__contains__
        self.typed = TypedPoints(config, self.plan, board)
        self.plan_changed = False
        """The plan was approved since people were last told; who tells them clears it."""
        self.checks = Checks()
        self.resend: dict[str, int] = {}
        """Points whose readings since then have changed since the deliveries were told; who tells them clears it."""
        self.changed: dict[str, LivePoint] = {}
        """Points that changed since people were last told; who tells them clears it."""
        self._stock_watch = StockWatch(stores, board)
        self._swap_watch = SwapWatch()
        self._timeline = timeline
        self._started_at = started_at
        for alarm in board.active:
            if alarm.kind == "stale" and alarm.point in self.by_id:
                self.by_id[alarm.point].stale = alarm.standing

    def point_of(self, control: LiveControl) -> LivePoint:
        return self.by_id[control.plan.point]

    def product_of(self, alarm: Alarm) -> str | None:
        """Of an alarm about a batch of food, what food."""
        live = self.batches.live.get(alarm.batch or "")
        return None if live is None else live.batch.product

    def committed(self) -> None:
        """The journal has the batch that was drawn up so far."""
        self._timeline.committed()

    # One reading.

    def take(self, batch: Batch, reading: Reading, arrived_at: int) -> None:
        """Place, judge and draw up one reading that arrived at `arrived_at`."""
        point = self.points.get((reading.device, reading.channel, reading.quantity))
        if point is None:
            self.unknown(reading, arrived_at)
            return
        quality, reason = judged_quality(reading, lowest=point.lowest, highest=point.highest, arrived_at=arrived_at)
        dated = plausible_time(reading.measured_at, arrived_at)
        at = reading.measured_at if dated and reading.measured_at is not None else arrived_at
        if reading.flags & Flag.RETAINED and not dated:
            if point.latest is not None:
                self.counters.duplicates += 1
                return
            quality, reason = Quality.UNCERTAIN, Reason.LAST_USABLE_VALUE
        value = None if quality is Quality.BAD else reading.value
        limits = point.limits
        if limits is not None and quality is Quality.GOOD and value is not None and point.live_at < at:
            doubt = None if reading.flags else self._doubt(batch, point, limits, at, value)
            if doubt is not None:
                quality, reason = Quality.UNCERTAIN, doubt
        placed = self._timeline.place(
            point, at, value, quality, from_device=dated and not reading.flags & Flag.RELATIVE
        )
        if placed is None:
            self.counters.duplicates += 1
            return
        self.counters.readings += 1
        batch.readings.append(
            (
                *(point.id, placed, value, quality, reason),
                *(reading.stable, reading.net, reading.tare, reading.flags),
            )
        )
        point.newest_at = max(point.newest_at, placed)
        if reading.flags & Flag.REPEATED and point.latest is not None:
            return
        if placed < point.live_at or reading.flags & Flag.HISTORICAL:
            self._late(batch, point, placed)
            return
        latest = point.read(placed, value, quality, reason, stable=reading.stable, net=reading.net)
        self._newest(batch, point, latest, arrived_at)
        if point.quantity is Quantity.WEIGHT:
            self._weigh(batch, point, latest, reading.tare)

    def _doubt(self, batch: Batch, point: LivePoint, limits: Limits, at: int, value: float) -> Reason | None:
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
            batch.folds[subject] = Fold(subject, behaviour.VERSION, at, behaviour.to_json(state))
        return doubt

    def _newest(self, batch: Batch, point: LivePoint, latest: Latest, now: int) -> None:
        at = point.live_at = latest.measured_at
        point.latest = latest
        self.changed[point.id] = point
        if latest.value is None or not is_judged(latest.quality, latest.reason):
            return
        point.usable_at = at
        if point.stale and now - at <= point.plan.stale_after:
            point.stale = False
            self.board.return_normal(batch, point.id, "stale", at=at)
        for control in point.controls:
            self._judge(batch, control, at, latest.value, now)
        if point.listeners:
            sample = Sample(at, latest.value, point.id)
            for listener in point.listeners:
                listener.hear(batch, point, sample, now)

    def _weigh(self, batch: Batch, point: LivePoint, latest: Latest, tare: float | None) -> None:
        self.stores.weigh(
            batch,
            point.id,
            latest.measured_at,
            None if latest.value is None else exact(latest.value),
            stable=latest.stable,
            ok=latest.quality == Quality.GOOD,
            tare=None if tare is None else exact(tare),
        )

    def _judge(self, batch: Batch, control: LiveControl, at: int, value: float, now: int) -> None:
        if control.tail is not None:
            control.tail.append((at, value))
        state = control.state
        if control.product is not None and state is not None:
            value = control.product.step(state.value, value, at - state.at)
        control.state, changes = holding.fold(control.rule, state, at, value)
        for change in changes:
            self._draw(batch, control, change, now)
        if changes or at - control.saved_at >= CHECKPOINT_EVERY:
            self._save(batch, control)

    def _draw(self, batch: Batch, control: LiveControl, change: Raised | Returned, now: int) -> None:
        match change:
            case Raised() if self._is_told(control, change.level):
                pass
            case Raised():
                self._raise(batch, control, change, now)
            case Returned():
                self.board.return_normal(batch, control.id, change.level, at=change.at, worst=change.worst)
                if change.level == "critical":
                    self._tell_again(batch, control, change.at, now)

    def _raise(self, batch: Batch, control: LiveControl, change: Raised, now: int) -> None:
        if change.level == "critical":
            self.board.supersede(batch, control.id, at=change.at)
        deviation = as_deviation(control.rule, change, control=control.id, point=control.plan.point)
        self.board.raise_limit(batch, deviation, priority=PRIORITY[change.level], known_at=now)

    def _one_conversation(self, control: LiveControl) -> list[LiveControl]:
        """The limits on one side of a control point: a food that is too warm is one alarm, however many it passes."""
        side = control.rule.side
        return [one for one in self.point_of(control).controls if one.plan is control.plan and one.rule.side is side]

    def _is_told(self, control: LiveControl, level: str) -> bool:
        """A critical alarm of the same conversation stands already."""
        told = self._one_conversation(control)
        return any(
            self.board.is_standing(one.id, "critical") for one in told if level == "warning" or one is not control
        )

    def _tell_again(self, batch: Batch, control: LiveControl, at: int, now: int) -> None:
        """Back within a critical limit, but not within the nearer one, or not within the warning limit."""
        for level in ("critical", "warning"):
            for one in self._one_conversation(control):
                course = None if one.state is None else one.state.courses.get(level)
                if one.state is None or course is None or not course.raised or self._is_told(one, level):
                    continue
                limit = next(limit.value for limit in one.rule.limits if limit.level == level)
                self._raise(batch, one, Raised(level, course.started_at, at, one.state.value, limit), now)

    def _save(self, batch: Batch, control: LiveControl) -> None:
        if control.state is not None:
            control.saved_at = control.state.at
            text = holding.to_json(control.state)
            batch.folds[control.id] = Fold(control.id, control.version, control.state.at, text)

    def unknown(self, reading: Reading, at: int) -> None:
        """A reading that is no point of kitchen.yaml: counted, and said once in a while."""
        what = f"{reading.quantity} on channel {reading.channel!r}"
        text = f"sends {what}, which is no point of kitchen.yaml: add it under points, or leave it"
        self.counters.trouble(reading.device, "unknown_point", text, at)

    # Late readings.

    def _late(self, batch: Batch, point: LivePoint, at: int) -> None:
        self.counters.late += 1
        for control in point.controls:
            self.ask_refold(batch, control, at)
        self.batches.late(batch, point.id, at)

    def ask_refold(self, batch: Batch, control: LiveControl, since: int) -> None:
        """Have a control folded anew from before `since`; the journal remembers it until that is done."""
        control.refolds_asked += 1
        if control.tail is None:
            control.tail = []
        control.refold_since = since if control.refold_since is None else min(since, control.refold_since)
        batch.refold_due[control.id] = control.refold_since

    def correct(
        self, batch: Batch, point: LivePoint, found: Sequence[Correction], *, key: str, who: str | None = None
    ) -> None:
        """Correct a point's readings, of the past too: what was judged is judged anew, what was sent is sent again."""
        before, latest = point.corrections, point.latest
        for one in found:
            point.corrections = point.corrections.with_(one)
            batch.events.append(correction_event(point.id, one, key=key, who=who))
        after = point.corrections
        since = min((one.since for one in found), default=0)
        if (before.steps, before.doubts) == (after.steps, after.doubts) or since > point.newest_at:
            return
        if latest is not None:
            point.latest = corrected_anew(latest, before, after)
            self.changed[point.id] = point
        self.resend[point.id] = min(since, self.resend.get(point.id, since))
        for control in point.controls if before.steps != after.steps else ():
            control.tail = []
            self.ask_refold(batch, control, since)
        self.batches.corrected(batch, point.id, since)

    def fold_again(self, batch: Batch, control: LiveControl, readings: Iterable[tuple[int, float]], now: int) -> None:
        """Fold what the journal has since the control's saved state."""
        for at, value in readings:
            self._judge(batch, control, at, value, now)

    def take_refolded(self, batch: Batch, result: Refolded, known: Iterable[Alarm], now: int) -> None:
        """Draw what late readings show. An alarm that stands is never withdrawn by them."""
        control = self.controls.get(result.control)
        if control is None or control.version != result.version:
            return
        then = list(known)
        for deviation in without_lesser(result.deviations):
            if self._is_found(batch, control, deviation):
                continue
            alarm = self._alarm_of(deviation, then)
            self.board.find(batch, deviation, alarm, priority=PRIORITY[deviation.level], known_at=now)
        if control.refolds_asked == result.asked:
            control.refold_since = None
            batch.refold_done.append(control.id)
            self._go_on_from(batch, control, result.state, now)

    def _is_found(self, batch: Batch, control: LiveControl, deviation: Deviation) -> bool:
        """A critical alarm of the same conversation and time says it: one excursion is told once, however late."""
        others = [one for one in self._one_conversation(control) if one is not control]
        same_time = [
            alarm
            for one in others
            for level in ("critical", "warning")
            if (alarm := self.board.of(one.id, level)) is not None
            if deviation.overlaps(alarm.started_at, None if alarm.standing else alarm.returned_at)
        ]
        if any(alarm.level == "critical" for alarm in same_time):
            return True
        if deviation.level == "critical":
            for alarm in same_time:
                self.board.supersede(batch, alarm.subject, at=deviation.raised_at)
        return False

    def _alarm_of(self, deviation: Deviation, then: list[Alarm]) -> Alarm | None:
        live = self.board.of(deviation.control, deviation.level)
        for alarm in [*([live] if live is not None else []), *then]:
            ends = alarm.returned_at if not alarm.standing else None
            if alarm.level == deviation.level and deviation.overlaps(alarm.started_at, ends):
                return alarm
        return None

    def _go_on_from(self, batch: Batch, control: LiveControl, state: holding.State | None, now: int) -> None:
        live, tail = control.state, control.tail or []
        control.tail = None
        if state is None:
            return
        standing = {} if live is None else {level: c for level, c in live.courses.items() if c.raised}
        control.state = holding.State(state.at, state.value, state.courses | standing)
        for at, value in tail:
            if at > state.at:
                self._judge(batch, control, at, value, now)
        self._save(batch, control)

    # Time that passes without readings.

    def tick(self, batch: Batch, now: int) -> None:
        """Find points that have fallen silent, and stock that runs out."""
        self._stock_watch.tick(batch, now)
        for point in self.by_id.values():
            since = max(point.usable_at, self._started_at)
            if not point.stale and now - since > point.plan.stale_after:
                point.stale = True
                self.changed[point.id] = point
                self._raise_stale(batch, point, now)
        self._suspect_swaps(batch, now)
        self.batches.tick(batch, now)

    def _suspect_swaps(self, batch: Batch, now: int) -> None:
        read = {
            point.id: point.latest.value
            for point in self.by_id.values()
            if point.quantity is Quantity.TEMPERATURE and not point.stale
            if point.latest is not None and point.latest.value is not None
        }
        for swap in self._swap_watch.note(read, now):
            reason = f"{swap.one} {swap.other}"
            self.board.find_system(batch, SystemKind.SENSORS_SWAPPED, since=swap.since, until=now, reason=reason)

    def _raise_stale(self, batch: Batch, point: LivePoint, now: int) -> None:
        latest = point.latest
        told = latest is not None and latest.quality != Quality.GOOD
        self.board.raise_stale(
            batch,
            point.id,
            priority="high" if point.controls else "medium",
            since=point.usable_at if point.usable_at != NEVER else self._started_at,
            known_at=now,
            reason=latest.reason if told and latest is not None else None,
        )

    def device_said(self, batch: Batch, device: str, *, online: bool, at: int) -> None:
        """A device, or its broker for it, says that it is gone: its points have no value from now on."""
        if online:
            return
        for (owner, channel, _), point in self.points.items():
            gone = point.latest is not None and point.latest.reason == Reason.NO_COMMUNICATION
            if owner == device and not gone:
                silence = Reading(
                    device=device,
                    channel=channel,
                    quantity=point.quantity,
                    value=None,
                    unit=UNIT_OF[point.quantity],
                    quality=Quality.BAD,
                    reason=Reason.NO_COMMUNICATION,
                )
                self.take(batch, silence, at)

    def gateway_was_off(self, batch: Batch, *, since: int, until: int) -> None:
        """The gateway was not running: nothing was seen between, and somebody should know."""
        body: dict[str, object] = {"from": since, "to": until, "reason": "gateway_off"}
        batch.events.append(Event(key=f"gap:gateway:{since}", kind="gap", subject="gateway", at=since, body=body))
        longest = max((point.plan.max_gap for point in self.by_id.values()), default=0)
        if until - since > longest:
            self.board.find_system(batch, SystemKind.GATEWAY_WAS_OFF, since=since, until=until)


def without_lesser(found: list[Deviation]) -> list[Deviation]:
    """Deviations without the warnings that a critical one of the same time stands for."""
    critical = [deviation for deviation in found if deviation.level == "critical"]
    return [
        one
        for one in found
        if one.level == "critical" or not any(one.overlaps(other.started_at, other.returned_at) for other in critical)
    ]
