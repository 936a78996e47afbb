"""The stores as the scales see them: weighings become movements, movements become balances."""

from decimal import Decimal

import msgspec

from gateway.config import Config, StockScale
from gateway.journal.records import Batch, Fold
from gateway.stock.bin_scale import BinScale, BinState, Live
from gateway.stock.ledger import Account, Balances, on_hand, post
from gateway.stock.movements import Movement, Place

CHECKPOINT_EVERY = 10_000_000
"""Microseconds of weighings that a start folds again at most."""
VERSION = "bin-scale-1"
"""Changes when the same weighings would give other movements."""


class LiveScale:
    """One bin scale, its item, and where its fold stands."""

    __slots__ = ("item", "live", "point", "saved_at", "scale", "state", "updated_at", "version")

    def __init__(self, plan: StockScale) -> None:
        self.point = plan.point
        self.item = plan.item
        self.scale = BinScale(plan.item, plan.point, plan.division, plan.minimum)
        self.state: BinState = self.scale.start()
        self.live: Live | None = None
        self.saved_at = -1
        self.updated_at: int | None = None
        self.version = f"{VERSION}:{plan.item}"


class Stores:
    """All bin scales of a kitchen and what they say is in store."""

    def __init__(self, config: Config, balances: dict[tuple[str, str], str]) -> None:
        self.scales = {plan.point: LiveScale(plan) for plan in config.stock.scales}
        self.changed: dict[str, LiveScale] = {}
        """Scales whose item changed since people were last told, by point; the pipeline clears it."""
        self.moved: list[Movement] = []
        """Movements since then, oldest first; the pipeline clears it."""
        amounts = {Account(item, Place(place)): Decimal(text) for (item, place), text in balances.items()}
        self._balances = Balances(amounts)

    def on_hand(self, item: str) -> Decimal | None:
        """Kg in store; None as long as nothing was ever weighed."""
        return on_hand(self._balances, item)

    def weigh(
        self,
        batch: Batch,
        point: str,
        at: int,
        value: Decimal | None,
        *,
        stable: bool | None,
        ok: bool,
        tare: Decimal | None,
    ) -> None:
        """Take a weighing (kg) of one of the points; those that weigh no item are nothing to us."""
        scale = self.scales.get(point)
        if scale is None:
            return
        scale.state, movements, live = scale.scale.fold(scale.state, at, value, stable=stable, ok=ok, tare=tare)
        if live != scale.live or movements:
            scale.live = live
            scale.updated_at = at
            self.changed[point] = scale
        for movement in movements:
            self._post(batch, movement)
        if movements or at - scale.saved_at >= CHECKPOINT_EVERY:
            scale.saved_at = at
            batch.folds[point] = Fold(point, scale.version, at, scale.state.to_json())

    def go_on_from(self, saved: Fold) -> bool:
        """Take up the saved fold of a scale; False when it is of another plan or version."""
        scale = self.scales.get(saved.subject)
        if scale is None or scale.version != saved.version:
            return False
        try:
            scale.state = scale.scale.start(saved.state)
        except msgspec.DecodeError:
            return False
        scale.saved_at = saved.at
        return True

    def _post(self, batch: Batch, movement: Movement) -> None:
        self._balances = Balances(post(self._balances, movement).amounts)
        for place in (movement.source, movement.destination):
            account = Account(movement.item, place)
            batch.balances[movement.item, place] = str(self._balances.amounts[account])
        batch.movements.append(as_row(movement))
        self.moved.append(movement)


def as_row(movement: Movement) -> tuple[object, ...]:
    """The movement in the order of the journal's columns, without recorded_at."""
    return (
        *(movement.key, movement.item, movement.kind.value, movement.source.value, movement.destination.value),
        *(str(movement.quantity), str(movement.before), str(movement.after)),
        *(None if movement.tare is None else str(movement.tare), movement.scale, movement.at, movement.while_offline),
    )
