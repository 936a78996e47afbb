"""What a person's command says about stock, looked up and checked: item, lot, quantity, day, batch, container."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from gateway.config import StockItem
from gateway.records.commands import CommandCall, RefusedError
from gateway.stock.formats.gs1 import BarcodeError, Scanned, scan
from gateway.stock.ledger import units
from gateway.stock.ledger.lots import Freshness, Held, Lot, freshness
from gateway.stock.ledger.movements import Place, kind_of, name_of
from gateway.stock.ledger.units import QuantityError
from gateway.stock.scales.live_scales import LiveBench
from gateway.stock.stores import Stores
from gateway.stock.weighing.containers import Container

LONGEST = 120
LONGEST_AGO = 60 * 86_400_000_000
"""Microseconds: two months of paper."""
BATCH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


def refused(error: str, message: str) -> RefusedError:
    return RefusedError(error, message)


def dated(order: CommandCall) -> CommandCall:
    """The order as of `at` (UTC microseconds), for what was written on paper first.

    Raises:
        RefusedError: it lies in the future, or too far back.
    """
    at = order.args.get("at")
    if at is None:
        return order
    if isinstance(at, bool) or not isinstance(at, int):
        raise refused("bad_request", "'at' is UTC microseconds")
    if not order.now - LONGEST_AGO <= at <= order.now:
        raise refused("bad_request", "'at' lies in the future" if at > order.now else "'at' lies too far back")
    return replace(order, now=at)


def text(order: CommandCall, name: str) -> str | None:
    """A text that may be left out."""
    value = order.args.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and len(value) <= LONGEST:
        return value.strip()
    raise refused("bad_request", f"{name!r} is a text of at most {LONGEST} characters")


def flag(order: CommandCall, name: str) -> bool:
    return order.args.get(name) is True


def scanned(order: CommandCall, stores: Stores) -> Scanned | None:
    """What the barcode in `code` says."""
    code = text(order, "code")
    if code is None:
        return None
    try:
        return scan(code, stores.today(order.now))
    except BarcodeError as error:
        raise refused("bad_barcode", str(error)) from None


def item(order: CommandCall, stores: Stores, found: Scanned | None = None) -> StockItem:
    """The item in `item`, else the one that the barcode stands for."""
    name = text(order, "item")
    if name is None and found is not None and found.gtin is not None:
        known = stores.catalogue.by_barcode(found.gtin)
        if known is None:
            raise refused("unknown_item", f"no item has the barcode {found.gtin}: choose the item, or add the barcode")
        return known
    if name is None:
        raise refused("bad_request", "'item' or 'code' must be given: what is weighed?")
    return item_called(name, stores)


def item_called(name: str, stores: Stores) -> StockItem:
    if name not in stores.catalogue.items:
        raise refused("unknown_item", f"no item is called {name!r}: add it under stock.items or import it")
    return stores.catalogue.items[name]


def bench(order: CommandCall, stores: Stores) -> LiveBench:
    """The bench scale in `scale`."""
    name = order.text("scale")
    if name in stores.scales:
        text = f"{stores.scales[name].item} stands on {name}: every change of it is booked by itself"
        raise refused("not_allowed", text)
    if name not in stores.benches:
        known = ", ".join(stores.benches) or "none"
        raise refused("unknown_scale", f"no scale is called {name!r}; without an item under them there are: {known}")
    return stores.benches[name]


def kilograms(order: CommandCall, stores: Stores, what: StockItem, name: str) -> Decimal | None:
    """A quantity in `unit`, or in the item's own, as kg; None when it is left out."""
    if order.args.get(name) is None:
        return None
    try:
        number = units.number(order.args[name])
        return stores.catalogue.measure(what.id).kilograms(number, text(order, "unit") or what.unit)
    except QuantityError as error:
        raise refused("bad_quantity", str(error)) from None


def weight(order: CommandCall, name: str) -> Decimal | None:
    """A weight in kg; None when it is left out."""
    if order.args.get(name) is None:
        return None
    try:
        return units.number(order.args[name])
    except QuantityError as error:
        raise refused("bad_quantity", str(error)) from None


def day(order: CommandCall, name: str) -> date | None:
    """A day, as 2026-12-31."""
    said = text(order, name)
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError:
        raise refused("bad_request", f"{name!r} is a day, such as 2026-12-31") from None


def container(order: CommandCall, stores: Stores) -> Container | None:
    name = text(order, "container")
    if name is None:
        return None
    if name not in stores.catalogue.containers:
        known = ", ".join(sorted(stores.catalogue.containers)) or "none yet"
        raise refused("unknown_container", f"no container is called {name!r}; known are: {known}. Weigh it empty first")
    return stores.catalogue.containers[name]


def batch(order: CommandCall, stores: Stores, name: str = "batch") -> str | None:
    """The id of a batch of food; None when it is left out."""
    said = text(order, name)
    if said is None:
        return None
    if not BATCH_ID.fullmatch(said):
        raise refused("bad_request", f"{said!r} is no id of a batch: letters, digits, - _ . only")
    if stores.knows_batch is not None and not stores.knows_batch(said):
        raise refused("unknown_batch", f"no batch is called {said!r}: open it first")
    return said


def lot(order: CommandCall, stores: Stores, what: StockItem) -> Lot | None:
    """The lot in `lot`; None when it is left out."""
    name = text(order, "lot")
    if name is None:
        return None
    found = stores.books.lots.get(name)
    if found is None or found.item != what.id:
        raise refused("unknown_lot", f"{what.id} has no lot {name!r}")
    return found


def store(order: CommandCall, stores: Stores, what: StockItem, name: str = "store") -> str:
    """Where it lies: the store that is named, or the item's own."""
    said = text(order, name)
    if said is None:
        return stores.catalogue.store_of(what.id)
    return place(said, stores)


def place(said: str, stores: Stores) -> str:
    """A place that people may move goods to and from: a store by its id, kitchen, receiving, or batch:ID."""
    if said in stores.catalogue.stores:
        return Place.STORES.of(said)
    try:
        kind = kind_of(said)
    except ValueError:
        kind = None
    known = kind is Place.STORES and (name_of(said) in stores.catalogue.stores or name_of(said) is None)
    if kind in {Place.KITCHEN, Place.RECEIVING, Place.BATCH} or known:
        return said
    names = ", ".join(stores.catalogue.stores)
    raise refused("unknown_place", f"no store is called {said!r}; there are: {names or 'stores'}, kitchen, receiving")


def fresh_enough(stores: Stores, what: StockItem, expires_on: date | None, today: date) -> bool:
    """Whether a lot may be booked; False: it is past its date, and this kitchen accepts that, visibly.

    Raises:
        RefusedError: it is past its date and the kitchen's rule refuses that.
    """
    if expires_on is None or expires_on >= today:
        return True
    if stores.catalogue.accepts_expired:
        return False
    raise refused(
        "expired_lot",
        f"this lot of {what.id} was good until {expires_on}: it is not booked; send it back or weigh it as waste "
        "(stock.expired in kitchen.yaml is refuse)",
    )


def ordered(stores: Stores, what: StockItem, at: str, chosen: Lot | None, today: date) -> Sequence[Held]:
    """The lots at a place in the order in which they are taken: the chosen one, then FEFO, expired ones last."""
    held = stores.books.held(what.id, at)

    def rank(one: Held) -> int:
        if chosen is not None and one.lot.id == chosen.id:
            return 0
        return 2 if freshness(one.lot, today, soon=0) is Freshness.EXPIRED else 1

    return sorted(held, key=rank)
