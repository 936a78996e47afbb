"""What a command about stock names, looked up: item, lot, quantity, container, place, scale."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from gateway.config import StockItem
from gateway.records.commands import RefusedError
from gateway.stock.formats.gs1 import BarcodeError, Scanned, scan
from gateway.stock.ledger import units
from gateway.stock.ledger.lots import Freshness, Held, Lot, freshness
from gateway.stock.ledger.movements import Place, kind_of, name_of
from gateway.stock.ledger.units import QuantityError, Unit
from gateway.stock.scales.live_scales import LiveBench
from gateway.stock.stores import Stores
from gateway.stock.weighing.containers import Container

Text = Annotated[str, Meta(max_length=120, description="a text of at most 120 characters")]
Day = Annotated[date, Meta(description="a day, such as 2026-12-31")]
Code = Annotated[str, Meta(max_length=120, description="the text of a barcode, at most 120 characters")]
Quantity = Annotated[str | int | float, Meta(description="a number, or a text with a decimal point, such as 12.5")]
OfUnit = Annotated[Unit, Meta(description="one of kg, g, L, mL, pcs")]
NewId = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$", description="an id: letters, digits, - _ . only, at most 80"),
]


def scanned(code: str, stores: Stores, now: int) -> Scanned:
    """What a barcode says."""
    try:
        return scan(code, stores.today(now))
    except BarcodeError as error:
        raise RefusedError("bad_barcode", str(error)) from None


def item(name: str | None, barcode: Scanned | None, stores: Stores) -> StockItem:
    """The item of this id, else the one that the barcode stands for."""
    if name is not None:
        return item_called(name, stores)
    if barcode is None or barcode.gtin is None:
        raise RefusedError("bad_request", "'item' or 'code' must be given: what is weighed?")
    known = stores.catalogue.by_barcode(barcode.gtin)
    if known is None:
        text = f"no item has the barcode {barcode.gtin}: choose the item, or add the barcode"
        raise RefusedError("unknown_item", text)
    return known


def item_called(name: str, stores: Stores) -> StockItem:
    """The item of this id."""
    if name not in stores.catalogue.items:
        raise RefusedError("unknown_item", f"no item is called {name!r}: add it under stock.items or import it")
    return stores.catalogue.items[name]


def bench(name: str, stores: Stores) -> LiveBench:
    """A bench scale."""
    if name in stores.scales.bins:
        text = f"{stores.scales.bins[name].item} stands on {name}: every change of it is booked by itself"
        raise RefusedError("not_allowed", text)
    if name not in stores.scales.benches:
        known = ", ".join(stores.scales.benches) or "none"
        text = f"no scale is called {name!r}; without an item under them there are: {known}"
        raise RefusedError("unknown_scale", text)
    return stores.scales.benches[name]


def kilograms(quantity: str | float, unit: str | None, item: StockItem, stores: Stores) -> Decimal:
    """A quantity of an item, in a unit or in the item's own, as kg."""
    try:
        return stores.catalogue.measure(item.id).kilograms(units.number(quantity), unit or item.unit)
    except QuantityError as error:
        raise RefusedError("bad_quantity", str(error)) from None


def weight(quantity: str | float) -> Decimal:
    """A weight in kg."""
    try:
        return units.number(quantity)
    except QuantityError as error:
        raise RefusedError("bad_quantity", str(error)) from None


def container(name: str | None, stores: Stores) -> Container | None:
    """A container, if one is named."""
    if name is None:
        return None
    if name not in stores.catalogue.containers:
        known = ", ".join(sorted(stores.catalogue.containers)) or "none yet"
        text = f"no container is called {name!r}; known are: {known}. Weigh it empty first"
        raise RefusedError("unknown_container", text)
    return stores.catalogue.containers[name]


def lot(name: str | None, stores: Stores, item: StockItem) -> Lot | None:
    """A lot of an item, if one is named."""
    if name is None:
        return None
    found = stores.books.lots.get(name)
    if found is None or found.item != item.id:
        raise RefusedError("unknown_lot", f"{item.id} has no lot {name!r}")
    return found


def store(name: str | None, stores: Stores, item: StockItem) -> str:
    """Where it lies: the store that is named, or the item's own."""
    return stores.catalogue.store_of(item.id) if name is None else place(name, stores)


def place(name: str, stores: Stores) -> str:
    """A place that people may move goods to and from: a store by its id, kitchen, receiving, or batch:ID."""
    if name in stores.catalogue.stores:
        return Place.STORES.of(name)
    try:
        kind = kind_of(name)
    except ValueError:
        kind = None
    known = kind is Place.STORES and (name_of(name) in stores.catalogue.stores or name_of(name) is None)
    if kind in {Place.KITCHEN, Place.RECEIVING, Place.BATCH} or known:
        return name
    names = ", ".join(stores.catalogue.stores) or "stores"
    raise RefusedError("unknown_place", f"no store is called {name!r}; there are: {names}, kitchen, receiving")


def fresh_enough(stores: Stores, item: StockItem, expires_on: date | None, today: date) -> bool:
    """Whether a lot may be booked; False: it is past its date, and this kitchen accepts that, visibly.

    Raises:
        RefusedError: it is past its date and the kitchen's rule refuses that.
    """
    if expires_on is None or expires_on >= today:
        return True
    if stores.catalogue.accepts_expired:
        return False
    raise RefusedError(
        "expired_lot",
        f"this lot of {item.id} was good until {expires_on}: it is not booked; send it back or weigh it as waste "
        "(stock.expired in kitchen.yaml is refuse)",
    )


def ordered(stores: Stores, item: StockItem, at: str, chosen: Lot | None, today: date) -> Sequence[Held]:
    """The lots at a place in the order in which they are taken: the chosen one, then FEFO, expired ones last."""

    def rank(held: Held) -> int:
        if chosen is not None and held.lot.id == chosen.id:
            return 0
        return 2 if freshness(held.lot, today, soon=0) is Freshness.EXPIRED else 1

    return sorted(stores.books.held(item.id, at), key=rank)
