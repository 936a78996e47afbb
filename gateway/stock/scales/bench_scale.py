"""A scale on which things are put one after the other: which loads were weighed, and when each is certain.

    empty ──put on──► settling ──stands still for 2 s──► taken ──more put on──► settling …
      ▲                  │ taken off before                │
      └──────────────────┴─────────taken off───────────────┘

What is put on counts, what is taken off does not: it is carried away. A load that is lifted and set down again within
10 s without the scale having been empty is the same load; another weight after it has been empty, however shortly, is
another one. Small additions add up until they make a threshold. What is
put on while nobody has said what it is waits, and is taken as soon as somebody does.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import msgspec
from msgspec.structs import replace

from gateway.stock.scales.bin_scale import Live
from gateway.stock.weighing import plateau
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.plateau import Plateau, PlateauState, Weighing
from gateway.stock.weighing.thresholds import BUMP, DEFAULT_DIVISION, SECOND, Thresholds

TAKE_AFTER = 2 * SECOND
"""A hand or an elbow does not rest on a platform within one division for so long; a crate does."""


class Load(msgspec.Struct, frozen=True, gc=False):
    """Something that was put on, kg.

    Attributes:
        before, after: accounted for, and shown.
        at: when it stood still.
        unseen: it was put on while the scale was silent.
        tare: kg, as the scale tells.
    """

    before: Decimal
    after: Decimal
    at: int
    unseen: bool
    tare: Decimal | None

    @property
    def weight(self) -> Decimal:
        return self.after - self.before


class Lifted(msgspec.Struct, frozen=True, gc=False):
    """A level that was taken and then left: what returns to it soon is no new load."""

    level: Decimal
    left: int
    emptied: bool


class BenchState(msgspec.Struct, frozen=True, gc=False):
    """Where a bench scale stands.

    Attributes:
        level: last plateau, kg; None before the first.
        base: what is accounted for: `level - base` waits to be taken.
        since: when that level was reached.
        unseen: it was reached while the scale was silent.
        floor: what stands on the scale as its container, kg.
        opened: somebody has said what is weighed: loads are taken.
    """

    plateau: PlateauState = PlateauState()
    level: Decimal | None = None
    base: Decimal = ZERO
    since: int = 0
    unseen: bool = False
    tare: Decimal | None = None
    floor: Decimal = ZERO
    lifted: Lifted | None = None
    opened: bool = False

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "BenchState":
        """Raises msgspec.DecodeError for what `to_json` did not write."""
        return msgspec.json.decode(text, type=cls)


@dataclass(frozen=True)
class BenchScale:
    """Division, least load and capacity in kg."""

    scale: str
    division: Decimal = DEFAULT_DIVISION
    minimum: Decimal = Decimal(0)
    capacity: Decimal | None = None

    @cached_property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.division, self.minimum, self.capacity)

    def fold(
        self,
        state: BenchState,
        at: int,
        value: Decimal | None,
        *,
        stable: bool | None,
        ok: bool,
        tare: Decimal | None = None,
    ) -> tuple[BenchState, Load | None]:
        """Take one weighing; return the load that is certain with it. Arguments as BinScale.fold."""
        if value is not None:
            value = value + 0 * self.division if value.is_finite() else None
        possible = ok and value is not None and self.thresholds.fault(value) is None
        weighing = Weighing(at, value, stable, possible, tare)
        folded, found = plateau.fold(state.plateau, weighing, self.division)
        if folded is state.plateau:
            return state, None
        state = replace(state, plateau=folded)
        if found is not None:
            state = self._reach(state, found)
        return self._take(state) if state.opened else (state, None)

    def open(self, state: BenchState) -> tuple[BenchState, Load | None]:
        """Somebody has said what is weighed; what stands on the scale and was never taken is the first load."""
        return self._take(replace(state, opened=True))

    def close(self, state: BenchState) -> BenchState:
        """Nothing more is taken; what stands on the scale is accounted for."""
        level = ZERO if state.level is None else state.level
        return replace(state, opened=False, base=level, floor=ZERO, lifted=None)

    def set_down(self, state: BenchState) -> BenchState | None:
        """What stands on the scale now is the container; None while it does not stand still."""
        if state.level is None or not state.plateau.still or state.plateau.mark is None:
            return None
        return replace(state, base=state.level, floor=state.level, lifted=None)

    def live(self, state: BenchState) -> Live:
        """What the scale showed last."""
        shown = state.plateau.shown
        return Live(shown, state.plateau.still, None if shown is None else self.thresholds.fault(shown))

    def waits(self, state: BenchState) -> Decimal:
        """What stands on the scale and is not taken, kg; 0 when that is nothing."""
        if state.level is None:
            return ZERO
        more = state.level - state.base
        return more if more >= self.thresholds.commit(state.base, state.level) else ZERO

    def _reach(self, state: BenchState, found: Plateau) -> BenchState:
        """Say what the new level means."""
        weight = found.weight
        if state.level is None:
            return replace(state, level=weight, since=found.since, tare=found.tare, base=self._first_base(weight))
        change = weight - state.level
        if found.tare != state.tare:
            return replace(state, level=weight, base=state.base + change, floor=ZERO, tare=found.tare)
        if found.left is None or abs(change) <= self.division:
            # It stands, or walks by itself: what waits to be taken stays as much as it is.
            return replace(state, level=weight, base=state.base + change)
        exchanged = self._exchanged(state, found)
        state = replace(state, level=weight, since=found.since, unseen=found.unseen)
        if exchanged:
            return replace(state, base=state.floor, lifted=None)
        if weight <= state.base - self.thresholds.commit(state.base, weight):
            return self._taken_off(state, found)
        return self._same_again(state, found)

    def _first_base(self, weight: Decimal) -> Decimal:
        """A scale that was never seen: what stands on it waits to be taken, a little beside zero is zero."""
        return weight if weight < self.thresholds.commit(ZERO, weight) else ZERO

    def _empty(self, state: BenchState, weight: Decimal) -> bool:
        return weight < state.floor + self.thresholds.commit(state.floor, weight)

    def _exchanged(self, state: BenchState, found: Plateau) -> bool:
        """One sack lifted and another set down before the empty scale could stand still."""
        if state.level is None or found.low is None or not self._empty(state, found.low):
            return False
        if self._empty(state, state.level) or self._empty(state, found.weight):
            return False
        # As heavy as before, it is the same one, set down again.
        return abs(found.weight - state.level) >= self.thresholds.commit(state.level, found.weight)

    def _taken_off(self, state: BenchState, found: Plateau) -> BenchState:
        left = found.since if found.left is None else found.left
        lifted = state.lifted or Lifted(state.base, left, emptied=False)
        emptied = lifted.emptied or self._empty(state, found.weight)
        return replace(state, base=found.weight, lifted=replace(lifted, emptied=emptied))

    def _same_again(self, state: BenchState, found: Plateau) -> BenchState:
        """A load that comes back is none; anything else that is put on ends the memory of the one before."""
        lifted = state.lifted
        if lifted is None or found.weight - state.base < self.thresholds.commit(state.base, found.weight):
            return state
        state = replace(state, lifted=None)
        soon = found.since - lifted.left < BUMP and not lifted.emptied
        back = abs(found.weight - lifted.level) < self.thresholds.commit(lifted.level, found.weight)
        return replace(state, base=found.weight) if soon and back else state

    def _take(self, state: BenchState) -> tuple[BenchState, Load | None]:
        seen = state.plateau
        if state.level is None or not self.waits(state) or not seen.still or seen.mark is None:
            return state, None
        if seen.last_at - state.since < TAKE_AFTER:
            return state, None
        load = Load(state.base, state.level, state.since, state.unseen, state.tare)
        return replace(state, base=state.level, unseen=False), load
