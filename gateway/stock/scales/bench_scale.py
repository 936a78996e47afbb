"""Find the loads that are put on a bench scale one after the other, and decide when each is certain.

    empty ──put on──► settling ──stable for 2 s──► booked ──more put on──► settling …
      ▲                  │ removed before            │
      └──────────────────┴──────────removed──────────┘

Goods that are put on count; goods that are removed do not, since they are carried away. A load that is lifted and put
down again within 10 s, while the scale was not empty, is the same load; another weight after the scale was empty,
however briefly, is another load. Small additions add up until they reach a threshold. A load without an open session
waits, and is booked as soon as a person opens one.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import msgspec
from msgspec.structs import replace

from gateway.stock.scales.bin_scale import ScaleDisplay
from gateway.stock.weighing import plateau
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.plateau import Plateau, PlateauState, WeightReading
from gateway.stock.weighing.thresholds import BUMP, DEFAULT_DIVISION, SECOND, Thresholds

TAKE_AFTER = 2 * SECOND
"""A hand or an elbow does not rest on a platform within one division for so long; a crate does."""


class Load(msgspec.Struct, frozen=True, gc=False):
    """Goods that were put on, kg.

    Attributes:
        before, after: the accounted weight, and the weight shown.
        at: when it was stable.
        unseen: it was put on while the scale was silent.
        tare: kg that the scale subtracts.
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
    """A booked level that was then left: a load that soon returns to it is no new one."""

    level: Decimal
    left: int
    emptied: bool


class BenchState(msgspec.Struct, frozen=True, gc=False):
    """The state of a bench scale after a weighing.

    Attributes:
        level: last plateau, kg; None before the first.
        base: the accounted weight: `level - base` waits to be booked.
        since: when that level was reached.
        unseen: it was reached while the scale was silent.
        floor: the weight on the scale that is its container, kg.
        opened: a session is open: loads are booked.
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
    """The settings of one bench scale: division, smallest load and capacity in kg."""

    scale: str
    division: Decimal = DEFAULT_DIVISION
    minimum: Decimal = Decimal(0)
    capacity: Decimal | None = None

    @cached_property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.division, self.minimum, self.capacity)

    def fold(self, state: BenchState, weighing: WeightReading) -> tuple[BenchState, Load | None]:
        """Apply one weighing, as BinScale.fold does; return the load that is certain with it."""
        weighing = plateau.checked(weighing, self.thresholds)
        folded, reached = plateau.fold(state.plateau, weighing, self.division)
        if folded is state.plateau:
            return state, None
        state = replace(state, plateau=folded)
        if reached is not None:
            state = self._reach(state, reached)
        return self._take(state) if state.opened else (state, None)

    def open(self, state: BenchState) -> tuple[BenchState, Load | None]:
        """Begin a session; a load that waits on the scale is the first one."""
        return self._take(replace(state, opened=True))

    def close(self, state: BenchState) -> BenchState:
        """End a session; the weight on the scale counts as accounted."""
        level = ZERO if state.level is None else state.level
        return replace(state, opened=False, base=level, floor=ZERO, lifted=None)

    def set_down(self, state: BenchState) -> BenchState | None:
        """Take the weight on the scale as the container's; return None while it is not stable."""
        if state.level is None or not state.plateau.still or state.plateau.mark is None:
            return None
        return replace(state, base=state.level, floor=state.level, lifted=None)

    def live(self, state: BenchState) -> ScaleDisplay:
        """Return what the scale showed last."""
        shown = state.plateau.shown
        return ScaleDisplay(shown, state.plateau.still, None if shown is None else self.thresholds.fault(shown))

    def waits(self, state: BenchState) -> Decimal:
        """Return the weight on the scale that is not booked yet, kg."""
        if state.level is None:
            return ZERO
        more = state.level - state.base
        return more if more >= self.thresholds.commit(state.base, state.level) else ZERO

    def _reach(self, state: BenchState, level: Plateau) -> BenchState:
        """Classify a new level: tare, drift, exchange, removal, or a load."""
        weight = level.weight
        if state.level is None:
            return replace(state, level=weight, since=level.since, tare=level.tare, base=self._first_base(weight))
        change = weight - state.level
        if level.tare != state.tare:
            return replace(state, level=weight, base=state.base + change, floor=ZERO, tare=level.tare)
        if level.left is None or abs(change) <= self.division:
            # Stable, or drift: the weight that waits to be booked stays the same.
            return replace(state, level=weight, base=state.base + change)
        exchanged = self._exchanged(state, level)
        state = replace(state, level=weight, since=level.since, unseen=level.unseen)
        if exchanged:
            return replace(state, base=state.floor, lifted=None)
        if weight <= state.base - self.thresholds.commit(state.base, weight):
            return self._taken_off(state, level)
        return self._same_again(state, level)

    def _first_base(self, weight: Decimal) -> Decimal:
        """Return the base of a new scale: a weight near zero is zero, more than that waits to be booked."""
        return weight if weight < self.thresholds.commit(ZERO, weight) else ZERO

    def _empty(self, state: BenchState, weight: Decimal) -> bool:
        return weight < state.floor + self.thresholds.commit(state.floor, weight)

    def _exchanged(self, state: BenchState, level: Plateau) -> bool:
        """Tell whether one load was replaced by another before the empty scale was stable."""
        if state.level is None or level.low is None or not self._empty(state, level.low):
            return False
        if self._empty(state, state.level) or self._empty(state, level.weight):
            return False
        # The same weight as before is the same load, put down again.
        return abs(level.weight - state.level) >= self.thresholds.commit(state.level, level.weight)

    def _taken_off(self, state: BenchState, level: Plateau) -> BenchState:
        left = level.since if level.left is None else level.left
        lifted = state.lifted or Lifted(state.base, left, emptied=False)
        emptied = lifted.emptied or self._empty(state, level.weight)
        return replace(state, base=level.weight, lifted=replace(lifted, emptied=emptied))

    def _same_again(self, state: BenchState, level: Plateau) -> BenchState:
        """Ignore a load that comes back; forget the lifted load when anything else is put on."""
        lifted = state.lifted
        if lifted is None or level.weight - state.base < self.thresholds.commit(state.base, level.weight):
            return state
        state = replace(state, lifted=None)
        soon = level.since - lifted.left < BUMP and not lifted.emptied
        back = abs(level.weight - lifted.level) < self.thresholds.commit(lifted.level, level.weight)
        return replace(state, base=level.weight) if soon and back else state

    def _take(self, state: BenchState) -> tuple[BenchState, Load | None]:
        window = state.plateau
        if state.level is None or not self.waits(state) or not window.still or window.mark is None:
            return state, None
        if window.last_at - state.since < TAKE_AFTER:
            return state, None
        load = Load(state.base, state.level, state.since, state.unseen, state.tare)
        return replace(state, base=state.level, unseen=False), load
