"""The kitchen goes on by another clock: what it compares the next reading with is moved by as much as the clock was.

What is in the journal stays where it stands (journal.history.clock moves what has no certain date). A point whose
device tells the time goes on in the device's time, as long as that can still be believed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.monitoring.batches import clock_change as batch_rebase
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.points import behaviour
from gateway.monitoring.points.point import LiveControl, LivePoint
from gateway.records.quality import AHEAD
from gateway.records.time_shift import moved
from gateway.records.transaction import Fold, Transaction


@dataclass(frozen=True, slots=True)
class Turn:
    """The clock showed `old` and shows `new`."""

    old: int
    new: int

    @property
    def offset(self) -> int:
        return self.new - self.old

    def __call__(self, at: int) -> int:
        """A moment of the old clock on the new one."""
        return at + self.offset

    def not_beyond(self, at: int) -> int:
        """The same, and nothing that was lies in the future."""
        return min(self(at), self.new)


Move = Callable[[int], int]


def rebase(kitchen: Kitchen, transaction: Transaction, turn: Turn) -> None:
    """Go on by the new clock."""
    for point in kitchen.by_id.values():
        if point.own_time and point.live_at <= turn.new + AHEAD:
            point.behind = max(0, point.behind + turn.offset)
        else:
            _rebase_point(kitchen, transaction, point, turn.not_beyond)
    kitchen.began_at = turn(kitchen.began_at)
    batch_rebase.look_at_once(kitchen.batches)


def _rebase_point(kitchen: Kitchen, transaction: Transaction, point: LivePoint, move: Move) -> None:
    point.live_at, point.usable_at = moved(point.live_at, move), moved(point.usable_at, move)
    point.newest_at = max(point.newest_at, point.live_at)
    point.latest = moved(point.latest, move)
    point.own_time, point.behind = False, 0
    if point.behaviour is not None:
        point.behaviour = moved(point.behaviour, move)
        point.behaviour_saved_at = point.behaviour.at
        subject = behaviour.subject_of(point.id)
        transaction.folds[subject] = Fold(
            subject, behaviour.VERSION, point.behaviour.at, behaviour.to_json(point.behaviour)
        )
    for control in point.guards:
        if control.plan.point == point.id:
            _rebase_control(kitchen, transaction, control, move)
    for listener in point.listeners:
        listener.redate(transaction, point.id, move)
    _rebase_scale(kitchen, transaction, point.id, move)


def _rebase_control(kitchen: Kitchen, transaction: Transaction, control: LiveControl, move: Move) -> None:
    if control.state is not None:
        control.state = moved(control.state, move)
        kitchen.control_points.save(transaction, control)
    if control.refold_since is not None:
        # What is being folded goes on in the time before: once more, and what came meanwhile is in the journal.
        control.tail = []
        kitchen.control_points.ask_refold(transaction, control, control.refold_since)


def _rebase_scale(kitchen: Kitchen, transaction: Transaction, point: str, move: Move) -> None:
    stores = kitchen.stores
    if point in stores.scales.bins:
        scale = stores.scales.bins[point]
        scale.state = moved(scale.state, move)
        scale.updated_at = moved(scale.updated_at, move)
        scale.saved_at = scale.state.plateau.last_at or scale.saved_at
        transaction.folds[point] = scale.fold()
    elif point in stores.scales.benches:
        bench = stores.scales.benches[point]
        bench.state = moved(bench.state, move)
        bench.updated_at, bench.still_since = moved((bench.updated_at, bench.still_since), move)
        stores.save(transaction, bench)
