"""The stock as people are told it: plain objects for the control socket. Times are UTC microseconds, weights text."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from gateway.config import StockItem
from gateway.stock.catalogue import Catalogue
from gateway.stock.ledger.lots import Freshness, freshness
from gateway.stock.ledger.movements import Movement
from gateway.stock.ledger.units import Measure
from gateway.stock.reports.foresight import Cover, Ordering, cover, ordering
from gateway.stock.rows import movement_of
from gateway.stock.scales.live_scales import LiveBench, LiveScale
from gateway.stock.sessions.session import Session, waiting
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO

SOONEST_LOTS = 3
Json = dict[str, Any]


def text(weight: Decimal | None) -> str | None:
    return None if weight is None else str(weight)


def movement_now(movement: Movement, recorded_at: int) -> Json:
    """A movement that has just been booked."""
    return {
        "id": movement.key,
        "kind": movement.kind.value,
        "item": movement.item,
        "lot": movement.lot,
        "quantity": str(movement.quantity),
        "source": str(movement.source),
        "destination": str(movement.destination),
        "before": text(movement.before),
        "after": text(movement.after),
        "gross": text(movement.gross),
        "tare": text(movement.tare),
        "container": movement.container,
        "scale": movement.scale,
        "at": movement.at,
        "recorded_at": recorded_at,
        "while_offline": movement.while_offline,
        "entry": movement.entry.value,
        "who": movement.who,
        "reason": movement.reason,
        "note": movement.note,
        "session": movement.session,
        "reverses": movement.reverses,
    }


def movement_then(row: tuple[Any, ...]) -> Json:
    """A movement of the journal: the columns of MOVEMENT, then recorded_at."""
    return movement_now(movement_of(row), row[-1])


def stock_now(item: str, stores: Stores, now: int) -> Json:
    """What is in store of an item, how long it lasts, and what its scale shows."""
    known = stores.catalogue.items[item]
    on_hand = stores.on_hand(item)
    told = {
        "name": known.name,
        "unit": known.unit,
        "on_hand": text(on_hand),
        "shown": _shown(known, stores.catalogue.measure(item), on_hand),
    }
    return scale_now(item, stores) | told | _foreseen(known, stores, on_hand, now)


def scale_now(item: str, stores: Stores) -> Json:
    """What the scales under an item show: it changes ten times a second, its stock does not."""
    scales = [scale for scale in stores.scales.values() if scale.item == item]
    told = {
        "item": item,
        "scales": [scale.point for scale in scales],
        "batch": next((scale.batch for scale in scales if scale.batch is not None), None),
        "updated_at": max((scale.updated_at for scale in scales if scale.updated_at is not None), default=None),
    }
    return told | _scale_shows(scales, stores.on_hand(item))


def _shown(item: StockItem, measure: Measure, kilograms: Decimal | None) -> str | None:
    return None if kilograms is None else str(measure.shown(kilograms, item.unit))


def _scale_shows(scales: list[LiveScale], on_hand: Decimal | None) -> Json:
    lives = [scale.live for scale in scales]
    weights = [live.weight for live in lives if live is not None and live.weight is not None]
    whole = bool(weights) and len(weights) == len(scales)
    faulty = any(live is not None and live.fault is not None for live in lives)
    return {
        "weight": text(sum(weights, ZERO)) if whole else None,
        "stable": all(live is not None and live.stable for live in lives) if whole else None,
        "state": "unknown" if on_hand is None or faulty else "ok",
        "drift": text(sum((s.state.level.drift for s in scales if s.state.level is not None), ZERO))
        if scales
        else None,
    }


def _foreseen(item: StockItem, stores: Stores, on_hand: Decimal | None, now: int) -> Json:
    today = stores.today(now)
    reserved = stores.reserved(item.id)
    available = None if on_hand is None else on_hand - reserved
    lots = stores.books.usable(item.id)
    found, order = foresight(item, stores, today, on_hand, reserved)
    uses = stores.books.uses_of(item.id)
    return {
        "reserved": str(reserved),
        "available": text(available),
        "used_today": str(uses.get(today, ZERO)),
        "cover": None if found is None else msgspec.to_builtins(found),
        "reorder_point": None if order is None else str(order.point),
        "order": None if order is None else str(order.quantity),
        "low": order is not None and available is not None and available <= order.point,
        "lots": len({one.lot.id for one, _ in lots}),
        "soonest": [lot_now(one.lot.id, place, one.quantity, stores, today) for one, place in lots[:SOONEST_LOTS]],
    }


def foresight(
    item: StockItem, stores: Stores, today: date, on_hand: Decimal | None, reserved: Decimal
) -> tuple[Cover | None, Ordering | None]:
    """How long the item lasts and when to order it; None where nothing can be said."""
    if on_hand is None:
        return None, None
    uses = stores.books.uses_of(item.id)
    order = ordering(on_hand - reserved, uses, today, lead_days=item.lead_days, fixed_point=item.reorder_point)
    return cover(on_hand, uses, today, reserved), order


def lot_now(lot: str, place: str, quantity: Decimal, stores: Stores, today: date) -> Json:
    """A lot at a place; `freshness` says how it stands to its date."""
    known = stores.books.lots[lot]
    item = stores.catalogue.items.get(known.item)
    soon = 0 if item is None else item.expiring_days
    left = None if known.expires_on is None else (known.expires_on - today).days
    return {
        "lot": lot,
        "item": known.item,
        "number": known.number,
        "supplier": known.supplier,
        "receipt": known.receipt,
        "received_at": known.received_at,
        "expires_on": None if known.expires_on is None else known.expires_on.isoformat(),
        "days_left": left,
        "freshness": freshness(known, today, soon=soon).value,
        "place": str(place),
        "quantity": str(quantity),
    }


def suggestion(item: str, quantity: Decimal, stores: Stores, now: int) -> Json:
    """Which lots to take a quantity from: FEFO over all stores, lots past their date left out."""
    today, left, taken = stores.today(now), quantity, []
    for one, place in stores.books.usable(item):
        if left <= 0 or freshness(one.lot, today, soon=0) is Freshness.EXPIRED:
            continue
        share = min(left, one.quantity)
        taken.append(lot_now(one.lot.id, place, one.quantity, stores, today) | {"take": str(share)})
        left -= share
    return {"item": item, "quantity": str(quantity), "lots": taken, "missing": str(max(ZERO, left))}


def bench_now(bench: LiveBench, stores: Stores) -> Json:
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
    return {
        "scale": bench.point,
        "uses": sorted(bench.uses),
        "weight": None if live is None else text(live.weight),
        "stable": None if live is None else live.stable,
        "fault": None if live is None or live.fault is None else live.fault.value,
        "tare": text(bench.state.tare),
        "untaken": str(waits),
        "waiting_for": wants.value,
        "since": bench.still_since,
        "session": None if session is None else session.id,
        "updated_at": bench.updated_at,
    }


def session_now(session: Session, stores: Stores) -> Json:
    """A weighing session with all its loads."""
    lot = stores.books.lots.get(session.lot or "")
    told: Json = msgspec.to_builtins(session)
    name = None if session.item is None else stores.catalogue.name_of(session.item)
    expires_on = None if lot is None or lot.expires_on is None else lot.expires_on.isoformat()
    state = "cancelled" if session.cancelled else "open" if session.open else "closed"
    return told | {
        "name": name,
        "number": None if lot is None else lot.number,
        "expires_on": expires_on,
        "total": str(session.total),
        "state": state,
        "refused": session.refused,
        "missing": None if session.expected is None else str(session.expected - session.total),
    }


def catalogue_now(catalogue: Catalogue) -> Json:
    """What does not change by itself: items, stores, containers, recipes, schools, suppliers."""
    return {
        "items": [item_now(item, catalogue) for item in catalogue.items.values()],
        "stores": [{"id": s.id, "name": s.name, "points": list(s.points)} for s in catalogue.stores.values()],
        "containers": [
            {"id": c.id, "name": c.name, "tare": str(c.tare), "weighed_at": c.weighed_at}
            for c in catalogue.containers.values()
        ],
        "recipes": [
            {"id": r.id, "name": r.name, "ingredients": {item: str(grams) for item, grams in r.ingredients.items()}}
            for r in catalogue.recipes.values()
        ],
        "schools": [{"id": s.id, "name": s.name, "portions": s.portions} for s in catalogue.schools.values()],
        "suppliers": [{"id": s.id, "name": s.name} for s in catalogue.suppliers.values()],
    }


def item_now(item: StockItem, catalogue: Catalogue) -> Json:
    return {
        "id": item.id,
        "name": item.name,
        "unit": item.unit,
        "density": text(item.density),
        "piece": text(item.piece),
        "barcodes": list(item.barcodes),
        "store": item.store,
        "storage": None if item.storage is None else item.storage.value,
        "lead_days": item.lead_days,
        "reorder_point": text(item.reorder_point),
        "expiring_days": item.expiring_days,
        "planned": item.id in catalogue.planned,
    }


def plans_now(stores: Stores) -> list[Json]:
    """What open batches of food were told to need, and still do."""
    return [
        {
            "batch": plan.batch,
            "recipe": plan.recipe,
            "portions": plan.portions,
            "delivered": stores.delivered.get(plan.batch, 0),
            "at": plan.at,
            "needs": [
                {"item": item, "needed": str(plan.grams[item] * plan.portions / 1000), "missing": str(kg)}
                for item, kg in stores.needs(plan).items()
            ],
        }
        for plan in stores.plans.values()
        if plan.open
    ]
