"""The stock as people are told it: levels, lots, scales, and what open batches of food need. Weights are kilograms."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import asdict

from gateway.config import StockItem
from gateway.config.stock import Unit
from gateway.messages.words import TextShape
from gateway.records.shape import Moment, Shape, moment
from gateway.stock.ledger.lots import Freshness, Lot, freshness
from gateway.stock.records import SessionRecord, session_record
from gateway.stock.reports.foresight import DaysOfCover, Ordering, cover, ordering
from gateway.stock.scales.live_scales import LiveBench, LiveScale
from gateway.stock.sessions.session import Purpose, Session, WaitingFor, waiting
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.thresholds import Fault

SOONEST_LOTS = 3
Days = Annotated[int | None, Meta(description="until the last good day; below 0 after it")]


class LotNow(Shape, frozen=True):
    """What of a lot lies at a place."""

    lot: str
    item: str
    number: Annotated[str | None, Meta(description="the supplier's")]
    supplier: str | None
    receipt: Annotated[str | None, Meta(description="the session by which it came")]
    received_at: Moment
    expires_on: Annotated[date | None, Meta(description="the last good day")]
    days_left: Days
    freshness: Freshness
    place: str
    quantity: Decimal


class ScalesNow(Shape, frozen=True):
    """What the scales under an item show: it changes ten times a second, its stock does not."""

    item: str
    scales: list[str]
    batch: Annotated[str | None, Meta(description="for which its scale books what is taken")]
    updated_at: Moment | None
    weight: Decimal | None
    stable: bool | None
    state: Literal["ok", "unknown"]
    drift: Decimal | None


class StockNow(ScalesNow, frozen=True):
    """What is on hand of an item, how long it lasts, and what its scales show."""

    name: TextShape
    unit: Unit
    on_hand: Decimal | None
    shown: Annotated[Decimal | None, Meta(description="what is on hand in the item's own unit")]
    reserved: Annotated[Decimal, Meta(description="what open batches still need by their recipe")]
    available: Decimal | None
    used_today: Decimal
    cover: DaysOfCover | None
    reorder_point: Decimal | None
    order: Annotated[Decimal | None, Meta(description="how much to order now")]
    low: bool
    lots: int
    soonest: Annotated[list[LotNow], Meta(description="which to use first")]


class BenchNow(Shape, frozen=True):
    """A scale on which people weigh: what it shows, and what it waits for."""

    scale: str
    uses: list[Purpose]
    weight: Decimal | None
    stable: bool | None
    fault: Fault | None
    tare: Decimal | None
    untaken: Annotated[Decimal, Meta(description="on it, and not booked")]
    waiting_for: WaitingFor
    since: Annotated[Moment | None, Meta(description="when it began to stand still, or to move")]
    session: str | None
    updated_at: Moment | None


class NeedNow(Shape, frozen=True):
    """An item that a batch needs by its recipe, and what of it is still missing."""

    item: str
    needed: Decimal
    missing: Decimal


class StockPlanNow(Shape, frozen=True):
    """What an open batch of food needs."""

    batch: str
    recipe: str
    portions: int
    delivered: Annotated[int, Meta(description="portions that have left for a school")]
    at: Moment
    needs: list[NeedNow]


class StockPlans(Shape, frozen=True):
    """All that is reserved."""

    plans: list[StockPlanNow]


class SuggestedLot(LotNow, frozen=True):
    """A lot, and how much of it to take."""

    take: Decimal


class Suggestion(Shape, frozen=True):
    """Which lots to take a quantity from."""

    item: str
    quantity: Decimal
    lots: list[SuggestedLot]
    missing: Decimal


def stock_now(item: str, stores: Stores, now: int) -> StockNow:
    """What is in store of an item, how long it lasts, and what its scale shows."""
    known, today = stores.catalogue.items[item], stores.today(now)
    on_hand, reserved = stores.on_hand(item), stores.reservations.reserved(item)
    available = None if on_hand is None else on_hand - reserved
    lots = stores.books.usable(item)
    lasts, order = foresight(known, stores, today, on_hand, reserved)
    return StockNow(
        **asdict(scales_now(item, stores)),
        name=known.name,
        unit=known.unit,
        on_hand=on_hand,
        shown=None if on_hand is None else stores.catalogue.measure(item).shown(on_hand, known.unit),
        reserved=reserved,
        available=available,
        used_today=stores.books.uses_of(item).get(today, ZERO),
        cover=lasts,
        reorder_point=None if order is None else order.point,
        order=None if order is None else order.quantity,
        low=order is not None and available is not None and available <= order.point,
        lots=len({held.lot.id for held, _ in lots}),
        soonest=[held_lot(held.lot.id, place, held.quantity, stores, today) for held, place in lots[:SOONEST_LOTS]],
    )


def scales_now(item: str, stores: Stores) -> ScalesNow:
    """What the scales under an item show."""
    scales = stores.scales.bins_of(item)
    lives = [scale.live for scale in scales]
    weights = [live.weight for live in lives if live is not None and live.weight is not None]
    whole = bool(weights) and len(weights) == len(scales)
    faulty = any(live is not None and live.fault is not None for live in lives)
    updated_at = max((scale.updated_at for scale in scales if scale.updated_at is not None), default=None)
    return ScalesNow(
        item=item,
        scales=[scale.point for scale in scales],
        batch=next((scale.batch for scale in scales if scale.batch is not None), None),
        updated_at=moment(updated_at),
        weight=sum(weights, ZERO) if whole else None,
        stable=all(live is not None and live.stable for live in lives) if whole else None,
        state="unknown" if stores.on_hand(item) is None or faulty else "ok",
        drift=_drift(scales),
    )


def _drift(scales: list[LiveScale]) -> Decimal | None:
    if not scales:
        return None
    return sum((scale.state.level.drift for scale in scales if scale.state.level is not None), ZERO)


def foresight(
    item: StockItem, stores: Stores, today: date, on_hand: Decimal | None, reserved: Decimal
) -> tuple[DaysOfCover | None, Ordering | None]:
    """How long the item lasts and when to order it; None where nothing can be said."""
    if on_hand is None:
        return None, None
    uses = stores.books.uses_of(item.id)
    order = ordering(on_hand - reserved, uses, today, lead_days=item.lead_days, fixed_point=item.reorder_point)
    return cover(on_hand, uses, today, reserved), order


def held_lot(lot: str, place: str, quantity: Decimal, stores: Stores, today: date) -> LotNow:
    """A lot of the books at a place."""
    known = stores.books.lots[lot]
    item = stores.catalogue.items.get(known.item)
    return lot_now(known, place, quantity, today=today, soon=0 if item is None else item.expiring_days)


def lot_now(lot: Lot, place: str, quantity: Decimal, *, today: date | None, soon: int) -> LotNow:
    """A lot at a place.

    Args:
        lot: which.
        place: of the ledger.
        quantity: kg there.
        today: the kitchen's day; None while it is not known, and the lot counts as undated.
        soon: days before its last good day from which on it is expiring.
    """
    return LotNow.of(
        lot,
        lot=lot.id,
        days_left=None if lot.expires_on is None or today is None else (lot.expires_on - today).days,
        freshness=Freshness.UNDATED if today is None else freshness(lot, today, soon=soon),
        place=str(place),
        quantity=quantity,
    )


def suggestion(item: str, quantity: Decimal, stores: Stores, now: int) -> Suggestion:
    """Which lots to take a quantity from: FEFO over all stores, lots past their date left out."""
    today, left, lots = stores.today(now), quantity, []
    for held, place in stores.books.usable(item):
        if left <= 0 or freshness(held.lot, today, soon=0) is Freshness.EXPIRED:
            continue
        share = min(left, held.quantity)
        lots.append(SuggestedLot(**asdict(held_lot(held.lot.id, place, held.quantity, stores, today)), take=share))
        left -= share
    return Suggestion(item=item, quantity=quantity, lots=lots, missing=max(ZERO, left))


def bench_now(bench: LiveBench, stores: Stores) -> BenchNow:
    """What a bench scale shows now, and what it waits for."""
    live = bench.live
    session = stores.sessions.get(bench.session or "")
    waits = bench.scale.waits(bench.state)
    level = bench.state.level or ZERO
    occupied = level - bench.state.floor >= bench.scale.thresholds.commit(ZERO, level)
    wants = waiting(
        heard=live is not None and live.weight is not None,
        fault=None if live is None else live.fault,
        still=live is not None and live.stable,
        waits=waits,
        occupied=occupied,
        session=session,
    )
    return BenchNow(
        scale=bench.point,
        uses=[Purpose(use) for use in sorted(bench.uses)],
        weight=None if live is None else live.weight,
        stable=None if live is None else live.stable,
        fault=None if live is None else live.fault,
        tare=bench.state.tare,
        untaken=waits,
        waiting_for=wants,
        since=moment(bench.still_since),
        session=None if session is None else session.id,
        updated_at=moment(bench.updated_at),
    )


def session_now(session: Session, stores: Stores) -> SessionRecord:
    """A session as it stands."""
    name = None if session.item is None else stores.catalogue.name_of(session.item)
    return session_record(session, stores.books.lots.get(session.lot or ""), name)


def plans_now(stores: Stores) -> list[StockPlanNow]:
    """What open batches of food were told to need, and still do."""
    return [
        StockPlanNow.of(
            plan,
            delivered=stores.reservations.delivered.get(plan.batch, 0),
            needs=[
                NeedNow(item=item, needed=plan.grams[item] * plan.portions / 1000, missing=kg)
                for item, kg in stores.reservations.needs(plan).items()
            ],
        )
        for plan in stores.reservations.plans.values()
        if plan.open
    ]
