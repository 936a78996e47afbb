"""A start goes on where the journal stands: newest readings, alarms, folds, and what was due when we stopped."""

import json
from collections.abc import Mapping, Sequence

import msgspec

from drivers.reading import Quality, exact
from gateway.alarms.alarm import Alarm, AlarmEvent
from gateway.alarms.board import Board
from gateway.alarms.subjects import (
    BatchSubject,
    ControlSubject,
    ItemSubject,
    LotSubject,
    PointSubject,
    ProbeSubject,
    SystemSubject,
    TypedSubject,
)
from gateway.config import Config
from gateway.config.plan import HaccpPlan
from gateway.haccp.rules import holding
from gateway.haccp.rules.trace import Sample
from gateway.journal.history.clock import ALIVE
from gateway.journal.history.readings import Measured
from gateway.journal.journal import Journal
from gateway.monitoring.batches import cook_detector
from gateway.monitoring.batches.alarms import alarmed_by
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.batches import APPROVED, KEPT
from gateway.monitoring.batches.fold import TypedReading
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.records import batch_of, typed_of, verdict_of
from gateway.monitoring.batches.typed_points import KEPT as TYPED_KEPT
from gateway.monitoring.changes import Changes
from gateway.monitoring.communication_loss import gateway_was_off
from gateway.monitoring.counters import log
from gateway.monitoring.kitchen import Kitchen, Started
from gateway.monitoring.points import behaviour
from gateway.monitoring.points.point import LiveControl, LivePoint
from gateway.monitoring.points.timeline import Timeline
from gateway.records.corrections import ALWAYS, Correction, Corrections, Kind
from gateway.records.quality import AHEAD, is_judged, is_sound
from gateway.records.transaction import Fold, Transaction
from gateway.stock.restore import settle, stores_of
from gateway.stock.weighing.plateau import WeightReading


def kitchen_of(config: Config, journal: Journal, now: int) -> Kitchen:
    """The kitchen as the journal left it, before anything that happened since."""
    waiting, stored = journal.waiting.value_at, journal.reads.readings.value_at
    timeline = Timeline(lambda point, at: waiting(point, at) or stored(point, at))
    changes = Changes()
    board = Board(journal.reads.alarms.active(), changed=changes.alarms)
    stores = stores_of(config, journal, changes.stock, now)
    plan = HaccpPlan(config.haccp, approved_by=approval(config, journal))
    return Kitchen(config, plan, Started(now, board, stores, timeline, changes))


def approval(config: Config, journal: Journal) -> str | None:
    """Who approved on the page the plan as the file has it now; None when nobody did, or another one."""
    text = journal.reads.state.meta(APPROVED)
    if text is None:
        return None
    given = json.loads(text)
    return str(given["person"]) if given["plan"] == HaccpPlan(config.haccp).hash else None


def go_on(kitchen: Kitchen, journal: Journal, transaction: Transaction, now: int) -> None:
    """Bring the kitchen up to the journal's newest reading and draw up what the pause means."""
    _correct(kitchen, journal, transaction, now)
    for point in kitchen.by_id.values():
        _newest(point, journal, now)
    folds = {fold.subject: fold for fold in journal.reads.state.folds()}
    _remove_what_left_the_plan(kitchen, transaction, now)
    settle(kitchen.stores, transaction, now)
    _go_on_folding(kitchen, journal, transaction, folds, now)
    _go_on_with_batches(kitchen, journal, transaction, folds, now)
    for control_id, since in journal.reads.state.refold_due():
        if control_id in kitchen.control_points.by_id:
            kitchen.control_points.ask_refold(transaction, kitchen.control_points.by_id[control_id], since)
        elif not kitchen.batches.refolds.ask_again(transaction, control_id):
            transaction.refold_done.append(control_id)
    alive_at = journal.reads.state.meta(ALIVE)
    if alive_at is not None and int(alive_at) < now:
        gateway_was_off(kitchen, transaction, since=int(alive_at), until=now)
    transaction.meta[ALIVE] = str(now)


def _correct(kitchen: Kitchen, journal: Journal, transaction: Transaction, now: int) -> None:
    """Take up the corrections; an offset of kitchen.yaml that is new there becomes one, from now on or for ever."""
    known = journal.reads.state.corrections()
    if known is None:
        return
    for point in kitchen.by_id.values():
        told = known.get(point.id, Corrections())
        point.corrections = known.get(point.id, point.corrections)
        kitchen.batches.refolds.recalibrate(point)
        if point.plan.offset != (told.planned or 0.0):
            since = ALWAYS if told == Corrections() else now
            offset = Correction(Kind.OFFSET, since, point.plan.offset, plan=True)
            kitchen.probes.correct(transaction, point, [offset], key=f"calibration:{point.id}:plan:{now}")


def _newest(point: LivePoint, journal: Journal, now: int) -> None:
    until = now + AHEAD
    newest = journal.reads.readings.newest(point.id, until=until)
    if newest is None:
        return
    point.newest_at = point.live_at = newest[0]
    point.latest = point.read(*newest)
    point.first_at = journal.reads.readings.oldest_at(point.id) or point.newest_at
    usable = journal.reads.readings.newest(point.id, Quality.GOOD, until=until)
    if usable is not None:
        point.usable_at = usable[0]


def _remove_what_left_the_plan(kitchen: Kitchen, transaction: Transaction, now: int) -> None:
    for alarm in kitchen.board.active:
        if _has_left_the_plan(alarm, kitchen):
            kitchen.board.move(transaction, alarm, AlarmEvent.REMOVE, at=now)


def _has_left_the_plan(alarm: Alarm, kitchen: Kitchen) -> bool:
    match alarm.subject:
        case ControlSubject(control=control, point=point):
            return control not in kitchen.control_points.by_id or point not in kitchen.by_id
        case PointSubject(point=point) | ProbeSubject(point=point):
            return point not in kitchen.by_id
        case BatchSubject() | TypedSubject() | ItemSubject() | LotSubject() | SystemSubject():
            return False


def _go_on_folding(
    kitchen: Kitchen, journal: Journal, transaction: Transaction, folds: Mapping[str, Fold], now: int
) -> None:
    for point in kitchen.by_id.values():
        for control in point.controls:
            since = _saved(control, folds)
            if since is not None:
                kitchen.control_points.fold_again(
                    transaction, control, _judged(point, journal.reads.readings.since(point.id, since + 1)), now
                )
            elif point.usable_at >= 0:
                kitchen.control_points.ask_refold(transaction, control, point.newest_at)
        _go_on_with_behaviour(point, folds)
    _go_on_with_dew_points(kitchen, transaction)
    for point_id in kitchen.stores.scales.points:
        saved = folds.get(point_id)
        if saved is not None and kitchen.stores.scales.go_on_from(saved):
            _weigh_again(kitchen, transaction, journal, saved)


def _go_on_with_dew_points(kitchen: Kitchen, transaction: Transaction) -> None:
    """They are folded anew from the newest temperature; the next ones count with the humidity that is known."""
    for pair in kitchen.control_points.pairs:
        air, humidity = kitchen.by_id[pair.control.plan.point], pair.control.humidity
        newest = None if humidity is None else _judged_newest(humidity)
        if newest is not None:
            pair.humidities.append(newest)
        if air.usable_at >= 0:
            if not pair.humidities or pair.humidities[-1][0] < air.usable_at:
                pair.temperature = _judged_newest(air)
            kitchen.control_points.ask_refold(transaction, pair.control, air.newest_at)


def _judged_newest(point: LivePoint) -> tuple[int, float] | None:
    """The newest reading, where rules see it."""
    latest = point.latest
    if latest is None or latest.value is None or not is_judged(latest.quality, latest.reason):
        return None
    return latest.measured_at, latest.value


def _go_on_with_behaviour(point: LivePoint, folds: Mapping[str, Fold]) -> None:
    saved = folds.get(behaviour.subject_of(point.id))
    if saved is None or saved.version != behaviour.VERSION or point.limits is None:
        return
    try:
        point.behaviour = behaviour.from_json(saved.state)
    except msgspec.DecodeError:
        log.warning("%s: what was known of its sensor cannot be read and is learnt anew", point.id)


def _go_on_with_batches(
    kitchen: Kitchen, journal: Journal, transaction: Transaction, folds: Mapping[str, Fold], now: int
) -> None:
    """Batches that run are folded anew from their beginning; probes in food go on watching for cooks."""
    batches = kitchen.batches
    found = [batch_of(body) for body in journal.reads.food_batches.running_or_ended_since(now - KEPT)]
    oldest = min((one.opened_at for one in found), default=now)
    since = min(oldest, now - TYPED_KEPT)
    typed = [typed_of(row) for row in journal.reads.food_batches.typed_since(since)]
    for reading in typed:
        if reading.batch is None and reading.at > now - TYPED_KEPT:
            kitchen.typed.restore(reading)
    for one in found:
        live = restored(kitchen, journal, one, [reading for reading in typed if reading.batch == one.id])
        if one.runs:
            batches.refolds.ask(transaction, live)
    for point_id, cook in kitchen.cooks.watches.items():
        saved = folds.get(f"cook:{point_id}")
        if saved is not None and saved.version == cook_detector.VERSION:
            cook.state, cook.saved_at = cook_detector.from_json(saved.state), saved.at
            point = kitchen.by_id[point_id]
            for at, value in _judged(point, journal.reads.readings.since(point_id, saved.at + 1)):
                cook.take_reading(transaction, point, Sample(at, value, point_id), now)


def restored(kitchen: Kitchen, journal: Journal, batch: FoodBatch, typed: list[TypedReading]) -> LiveBatch:
    """A batch of the journal with its verdicts and what was told of it; it waits to be folded."""
    issued = [verdict_of(row) for row in journal.reads.food_batches.verdicts(batch.id)]
    alarmed = alarmed_by(journal.reads.alarms.of_batch(batch.id))
    return kitchen.batches.restore(batch, issued=issued, typed=typed, alarmed=alarmed)


def _saved(control: LiveControl, folds: Mapping[str, Fold]) -> int | None:
    """Take up a control's saved state; None when there is none that fits."""
    saved = folds.get(control.id)
    if saved is None or saved.version != control.version:
        return None
    try:
        control.state = holding.from_json(saved.state)
    except msgspec.DecodeError:
        log.warning("%s: its saved state cannot be read and is folded anew", control.id)
        return None
    control.saved_at = saved.at
    return saved.at


def _judged(point: LivePoint, readings: Sequence[Measured]) -> list[tuple[int, float]]:
    return [
        (at, point.corrected(value, at))
        for at, value, quality, reason, _, _ in readings
        if value is not None and is_judged(quality, reason)
    ]


def _weigh_again(kitchen: Kitchen, transaction: Transaction, journal: Journal, saved: Fold) -> None:
    point = kitchen.by_id[saved.subject]
    for at, value, quality, reason, stable, tare in journal.reads.readings.weighings(point.id, saved.at):
        weighing = WeightReading(
            at,
            None if value is None else exact(point.corrected(value, at)),
            None if stable is None else bool(stable),
            is_sound(quality, reason),
            None if tare is None else exact(tare),
        )
        kitchen.stores.weigh(transaction, point.id, weighing)
