"""Book the changes of a bin scale, on which one item is stored: each is a receipt or an issue by itself."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import msgspec

from gateway.stock.ledger.movements import Movement, MovementKind, Place
from gateway.stock.weighing import changes, plateau
from gateway.stock.weighing.changes import ZERO, Change, LevelState
from gateway.stock.weighing.plateau import PlateauState, WeightReading
from gateway.stock.weighing.thresholds import DEFAULT_DIVISION, Fault, Thresholds


class BinState(msgspec.Struct, frozen=True, gc=False):
    """The state of a bin scale after a weighing; stored as JSON in the journal without loss."""

    plateau: PlateauState = PlateauState()
    level: LevelState | None = None

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "BinState":
        """Raises msgspec.DecodeError for what `to_json` did not write."""
        return msgspec.json.decode(text, type=cls)


class ScaleDisplay(msgspec.Struct, frozen=True, gc=False):
    """What a scale shows now, for the page: kg or None, whether it is stable, why the weight is impossible."""

    weight: Decimal | None
    stable: bool
    fault: Fault | None


@dataclass(frozen=True)
class BinScale:
    """The settings of one bin scale and its item: division, smallest movement and capacity in kg."""

    item: str
    scale: str
    division: Decimal = DEFAULT_DIVISION
    minimum: Decimal = Decimal(0)
    capacity: Decimal | None = None

    @cached_property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.division, self.minimum, self.capacity)

    def start(self, state_json: str | None = None) -> BinState:
        """Return the state from the journal, or that of a new scale.

        After a restart within 60 s weighings continue as if nothing had happened; after a longer silence the first
        plateau is compared with the last.
        """
        if state_json is None:
            return BinState()
        return BinState.from_json(state_json)

    def fold(self, state: BinState, weighing: WeightReading) -> tuple[BinState, list[Movement], ScaleDisplay]:
        """Apply one weighing; return the movements that are certain with it, and what the scale shows.

        Call it for every weighing of the scale in order of arrival, also for those without a weight (`ok` False): they
        show that the scale is not silent. Late and repeated ones change nothing, so the caller need not sort; late
        weighings never make a movement.
        """
        weighing = plateau.checked(weighing, self.thresholds)
        folded, level = plateau.fold(state.plateau, weighing, self.division)
        if level is None:
            state = BinState(folded, state.level)
            return state, [], self.live(state)
        levels, changed = changes.fold(state.level, level, self.thresholds)
        state = BinState(folded, levels)
        booked = [movement_for(change, item=self.item, scale=self.scale) for change in changed]
        return state, booked, self.live(state)

    def live(self, state: BinState) -> ScaleDisplay:
        """Return what the scale showed last."""
        shown = state.plateau.shown
        fault = None if shown is None else self.thresholds.fault(shown)
        return ScaleDisplay(shown, state.plateau.still, fault)


# (first level ever, weight grew or stayed) → kind, source, destination
_MEANING = {
    (True, True): (MovementKind.OPENING, Place.ADJUSTMENT, Place.STORES),
    # An empty scale may show a division or two below zero.
    (True, False): (MovementKind.OPENING, Place.STORES, Place.ADJUSTMENT),
    (False, True): (MovementKind.RECEIPT, Place.SUPPLIER, Place.STORES),
    (False, False): (MovementKind.ISSUE, Place.STORES, Place.KITCHEN),
}


def movement_for(change: Change, *, item: str, scale: str) -> Movement:
    """Return the movement for a change on a bin scale: more is a receipt, less is an issue."""
    before = ZERO if change.before is None else change.before
    quantity = change.after - before
    kind, source, destination = _MEANING[change.before is None, quantity >= 0]
    return Movement(
        key=f"{scale}:{item}:{change.at}",
        item=item,
        kind=kind,
        source=source,
        destination=destination,
        quantity=abs(quantity),
        before=before,
        after=change.after,
        tare=change.tare,
        scale=scale,
        at=change.at,
        while_offline=change.unseen,
    )
