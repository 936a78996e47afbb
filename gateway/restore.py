"""A start goes on where the journal stands: newest readings, alarms, folds, and what was due when we stopped."""

from collections.abc import Mapping

import msgspec

from drivers.reading import Quality, exact
from gateway.board import Board, from_row
from gateway.config import Config
from gateway.counters import log
from gateway.journal.journal import Journal
from gateway.journal.readings import Measured
from gateway.journal.records import Batch, Fold
from gateway.kitchen import Kitchen
from gateway.live import Latest, LiveControl, LivePoint
from gateway.quality import is_judged
from gateway.rules import holding
from gateway.stock_restore import stores_of
from gateway.system_watch import ALIVE
from gateway.timeline import Timeline


def kitchen_of(config: Config, journal: Journal, now: int) -> Kitchen:
    """The kitchen as the journal left it, before anything that happened since."""
    rows = journal.ask(lambda disk: disk.alarms("state <> 'NORMAL'"), [])
    timeline = Timeline(
        lambda point, at: journal.waiting_value(point, at) or journal.ask(lambda disk: disk.value_at(point, at), None)
    )
    return Kitchen(
        config,
        board=Board(from_row(row) for row in rows),
        stores=stores_of(config, journal, now),
        timeline=timeline,
        started_at=now,
    )


def go_on(kitchen: Kitchen, journal: Journal, batch: Batch, now: int) -> None:
    """Bring the kitchen up to the journal's newest reading and draw up what the pause means."""
    for point in kitchen.by_id.values():
        _newest(point, journal)
    folds = {fold.subject: fold for fold in journal.ask(lambda disk: list(disk.folds()), [])}
    _remove_what_left_the_plan(kitchen, batch, now)
    _go_on_folding(kitchen, journal, batch, folds, now)
    for control_id, since in journal.ask(lambda disk: disk.refold_due(), {}).items():
        if control_id in kitchen.controls:
            kitchen.ask_refold(batch, kitchen.controls[control_id], since)
        else:
            batch.refold_done.append(control_id)
    alive_at = journal.ask(lambda disk: disk.meta(ALIVE), None)
    if alive_at is not None and int(alive_at) < now:
        kitchen.gateway_was_off(batch, since=int(alive_at), until=now)


def _newest(point: LivePoint, journal: Journal) -> None:
    newest = journal.ask(lambda disk: disk.newest(point.id), None)
    if newest is None:
        return
    measured_at, value, quality, reason = newest
    point.newest_at = point.live_at = measured_at
    point.latest = Latest(measured_at, None if value is None else point.corrected(value), quality, reason, None, None)
    usable = journal.ask(lambda disk: disk.newest(point.id, Quality.GOOD), None)
    if usable is not None:
        point.usable_at = usable[0]


def _remove_what_left_the_plan(kitchen: Kitchen, batch: Batch, now: int) -> None:
    for alarm in kitchen.board.active:
        control_gone = alarm.control is not None and alarm.control not in kitchen.controls
        point_gone = alarm.point is not None and alarm.point not in kitchen.by_id
        if control_gone or point_gone:
            kitchen.board.remove(batch, alarm, at=now)


def _go_on_folding(kitchen: Kitchen, journal: Journal, batch: Batch, folds: Mapping[str, Fold], now: int) -> None:
    for point in kitchen.by_id.values():
        for control in point.controls:
            since = _saved(control, folds)
            if since is not None:
                kitchen.fold_again(batch, control, _judged(point, _readings(journal, point.id, since)), now)
            elif point.usable_at >= 0:
                kitchen.ask_refold(batch, control, point.newest_at)
    for point_id in kitchen.stores.points:
        saved = folds.get(point_id)
        if saved is not None and kitchen.stores.go_on_from(saved):
            _weigh_again(kitchen, batch, journal, saved)


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


def _readings(journal: Journal, point: str, after: int) -> list[Measured]:
    return journal.ask(lambda disk: disk.of_point(point, after + 1), [])


def _judged(point: LivePoint, readings: list[Measured]) -> list[tuple[int, float]]:
    return [
        (at, point.corrected(value))
        for at, value, quality, reason, _, _ in readings
        if value is not None and is_judged(quality, reason)
    ]


def _weigh_again(kitchen: Kitchen, batch: Batch, journal: Journal, saved: Fold) -> None:
    point = kitchen.by_id[saved.subject]
    readings: list[Measured] = journal.ask(lambda disk: disk.weighings(point.id, saved.at), [])
    for at, value, quality, _, stable, tare in readings:
        kitchen.stores.weigh(
            batch,
            point.id,
            at,
            None if value is None else exact(point.corrected(value)),
            stable=None if stable is None else bool(stable),
            ok=quality == Quality.GOOD,
            tare=None if tare is None else exact(tare),
        )
