"""Tell changes of stock from the scale's own drift, by comparing each plateau with the one before.

A difference of at least one threshold across a transition is a *step*. It is pending until it can no longer be a bump:
until the level before was left 10 s ago and the new level has held, or was left for another. While it is pending,
smaller differences are added to it, so that it ends at the settled weight. The rest:

    ≤ 1 division, or without a transition    drift: the base moves along; it first undoes what is left over
    smaller than a threshold                 left over: adds up until base → level reaches one
    tare pressed                             set aside: the level is another, the stock is the same

So base = first level + changes + drift + aside + pending at any time, and readings that stay within one threshold
never make a change, however they move.
"""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from gateway.stock.weighing.plateau import Plateau
from gateway.stock.weighing.thresholds import BUMP, Thresholds

ZERO = Decimal(0)


class Change(msgspec.Struct, frozen=True, gc=False):
    """Goods that were put on or taken off, in kg.

    Attributes:
        before, after: accounted and new level; before is None at the first level ever.
        at: when the old level was left; if the scale was silent then, when the new one was reached.
        unseen: it happened while the scale was silent.
        tare: kg that the scale subtracts.
    """

    before: Decimal | None
    after: Decimal
    at: int
    unseen: bool
    tare: Decimal | None


class PendingStep(msgspec.Struct, frozen=True, gc=False):
    """A pending change: base and level before, level after; `left` is when the old level was left."""

    base: Decimal
    level: Decimal
    after: Decimal
    left: int
    at: int
    unseen: bool


class LevelState(msgspec.Struct, frozen=True, gc=False):
    """The state after a plateau.

    Attributes:
        level: last plateau, kg.
        base: the accounted weight; `level - base` is left over.
        tare: at that plateau.
        pending: steps that may still be bumps, oldest first.
        drift, aside: sums since the first level.
    """

    level: Decimal
    base: Decimal
    tare: Decimal | None
    pending: tuple[PendingStep, ...] = ()
    drift: Decimal = ZERO
    aside: Decimal = ZERO


def fold(state: LevelState | None, plateau: Plateau, thresholds: Thresholds) -> tuple[LevelState, list[Change]]:
    """Apply one plateau; return the changes that are certain now, in order of time. The first needs no state."""
    if state is None:
        weight, tare = plateau.weight, plateau.tare
        first = Change(None, weight, plateau.since, unseen=False, tare=tare)
        return LevelState(weight, weight, tare), [first]
    settled: list[Change] = []
    state = _without_bump(state, plateau, thresholds)
    if plateau.unseen or plateau.tare != state.tare:
        state, settled = _commit(state, len(state.pending))
    # Some scales never rest for long: a level that is reached a second time has held, whatever was in between.
    held = plateau.left is None or abs(plateau.weight - state.level) <= thresholds.division
    state = _accounted(state, plateau, thresholds)
    state, due = _commit(state, _due(state, plateau, held=held))
    return state, settled + due


def _without_bump(state: LevelState, plateau: Plateau, thresholds: Thresholds) -> LevelState:
    """Forget the steps of an excursion that is over: the weight is back within one threshold."""
    for index, step in enumerate(state.pending):
        threshold = thresholds.commit(step.base, plateau.weight)
        back = abs(plateau.weight - step.base) < threshold
        # A step that shrinks slowly has not gone back, but must not end as less than a threshold either.
        soon = plateau.since - step.left < BUMP or abs(plateau.weight - step.after) < threshold
        if back and soon:
            return replace(state, pending=state.pending[:index], base=step.base, level=step.level)
    return state


def _accounted(state: LevelState, plateau: Plateau, thresholds: Thresholds) -> LevelState:
    """Classify the difference between the last level and this one: tare, step, left over or drift."""
    weight, change = plateau.weight, plateau.weight - state.level
    if plateau.tare != state.tare:
        return _tared(state, plateau, change)
    crossed = plateau.left is not None and abs(change) > thresholds.division
    if crossed and abs(weight - state.base) >= thresholds.commit(state.base, weight):
        return _stepped(state, plateau)
    if state.pending:
        *earlier, last = state.pending
        last = replace(last, after=weight)
        return replace(state, level=weight, base=weight, pending=(*earlier, last))
    if crossed and not plateau.unseen:
        return replace(state, level=weight)
    return _drifted(state, weight, change)


def _tared(state: LevelState, plateau: Plateau, change: Decimal) -> LevelState:
    base, aside = state.base + change, state.aside + change
    return replace(state, level=plateau.weight, tare=plateau.tare, base=base, aside=aside)


def _stepped(state: LevelState, plateau: Plateau) -> LevelState:
    weight, since = plateau.weight, plateau.since
    left = since if plateau.left is None else plateau.left
    step = PendingStep(state.base, state.level, weight, left, since if plateau.unseen else left, plateau.unseen)
    return replace(state, level=weight, base=weight, pending=(*state.pending, step))


def _drifted(state: LevelState, weight: Decimal, change: Decimal) -> LevelState:
    """Move the base by the drift, except for the part that undoes what was left over."""
    left_over = state.level - state.base
    undone = ZERO
    if left_over * change < 0:
        undone = change if abs(change) < abs(left_over) else -left_over
    drift = change - undone
    return replace(state, level=weight, base=state.base + drift, drift=state.drift + drift)


def _due(state: LevelState, plateau: Plateau, *, held: bool) -> int:
    """Count the pending steps that can no longer be bumps; the last one must also have held."""
    due = 0
    for index, step in enumerate(state.pending, start=1):
        if plateau.since - step.left >= BUMP and (held or index < len(state.pending)):
            due = index
    return due


def _commit(state: LevelState, count: int) -> tuple[LevelState, list[Change]]:
    """Turn the oldest `count` pending steps into changes."""
    done = [Change(s.base, s.after, s.at, s.unseen, state.tare) for s in state.pending[:count]]
    return replace(state, pending=state.pending[count:]), done
