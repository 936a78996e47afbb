"""Commands about the catalogue: containers, lists of items, and what a barcode means."""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta
from pydantic import ValidationError

from gateway.config import StockItem
from gateway.records.commands import Asked, Call, Json, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.catalogue_snapshot import ContainerNow, ItemsTaken, ScannedCode
from gateway.stock.commands import lookup
from gateway.stock.commands.lookup import Code, NewId, Quantity, Text
from gateway.stock.commands.scope import StockScope
from gateway.stock.formats.items_csv import CsvError, read
from gateway.stock.rows import BARCODES, keep_container, keep_item
from gateway.stock.stores import Stores
from gateway.stock.weighing.containers import Container

Csv = Annotated[str, Meta(max_length=48_000, description="the text of a file of at most 48000 characters")]
"""What the control socket takes in a line."""


class RememberContainer(Asked, frozen=True, kw_only=True):
    """Remember a container by its weight: typed, or as it stands empty on a scale."""

    command = "stock_container"
    id: NewId
    name: Text | None = None
    tare: Annotated[Quantity | None, Meta(description="in kg")] = None
    scale: Annotated[Text | None, Meta(description="in place of the tare: where it stands empty")] = None

    def __post_init__(self) -> None:
        if self.tare is None and self.scale is None:
            raise ValueError("'tare' or 'scale' must be given: how heavy is it, or where does it stand empty?")


def stock_container(scope: StockScope, transaction: Transaction, call: Call[RememberContainer]) -> ContainerNow:
    """Remember a container; answers it."""
    stores, asked = scope.stores, call.asked
    tare = _stands_on(asked.scale or "", stores) if asked.tare is None else lookup.weight(asked.tare)
    if not tare:
        raise RefusedError("bad_quantity", "a container weighs more than 0 kg")
    words = asked.name or asked.id
    container = Container(id=asked.id, name={"id": words, "en": words}, tare=tare, weighed_at=call.now)
    stores.catalogue.containers[asked.id] = container
    stores.changes.catalogue = True
    keep_container(transaction, container)
    transaction.events.append(call.event("stock_container", asked.id, {"tare": str(tare)}))
    return remembered(scope, call)


def _stands_on(scale: str, stores: Stores) -> Decimal:
    bench = lookup.bench(scale, stores)
    if bench.live is None or bench.live.weight is None or not bench.live.stable:
        raise RefusedError("not_still", f"{bench.point} does not stand still: wait until it does")
    return bench.live.weight


def remembered(scope: StockScope, call: Call[RememberContainer]) -> ContainerNow:
    """The container as it is known."""
    return ContainerNow.of(scope.stores.catalogue.containers[call.asked.id])


class ImportItems(Asked, frozen=True, kw_only=True):
    """Take items from a spreadsheet, all of them or none."""

    command = "stock_items"
    csv: Csv


def stock_items(scope: StockScope, transaction: Transaction, call: Call[ImportItems]) -> ItemsTaken:
    """Take items from a spreadsheet; answers their ids."""
    stores = scope.stores
    try:
        items = [_checked(stores, line, settings) for line, settings in read(call.asked.csv)]
    except CsvError as error:
        raise RefusedError("bad_csv", str(error)) from None
    for item in items:
        stores.catalogue.add(item)
        stores.changes.items[item.id] = True
        stores.unchecked.add(item.id)
        keep_item(transaction, item)
    stores.changes.catalogue = True
    names = [item.id for item in items]
    transaction.events.append(call.event("stock_items", "items", {"items": names}))
    return ItemsTaken(items=names)


def imported(_: StockScope, __: Call[ImportItems]) -> ItemsTaken:
    """Nothing: which items a list had is not kept."""
    return ItemsTaken(items=[])


def _checked(stores: Stores, line: int, settings: Json) -> StockItem:
    catalogue = stores.catalogue
    if settings.get("id") in catalogue.planned:
        raise CsvError(f"line {line}: {settings['id']} stands in kitchen.yaml: change it there")
    try:
        item = StockItem.model_validate(settings)
    except ValidationError as error:
        fault = error.errors()[0]
        what = fault.get("ctx", {}).get("what", fault["msg"])
        raise CsvError(f"line {line}: {'.'.join(map(str, fault['loc']))}: {what}") from None
    if item.store is not None and item.store not in catalogue.stores:
        raise CsvError(f"line {line}: no store is called {item.store!r}")
    needed = {"L": item.density, "mL": item.density, "pcs": item.piece}
    if item.unit in needed and needed[item.unit] is None:
        raise CsvError(f"line {line}: {item.unit} needs {'piece' if item.unit == 'pcs' else 'density'}")
    return item


class ScanBarcode(Asked, frozen=True, kw_only=True):
    """What a barcode says, and which item it is."""

    command = "stock_scan"
    code: Code


def stock_scan(scope: StockScope, call: Call[ScanBarcode]) -> ScannedCode:
    """Answer what a barcode says, and which item it is."""
    return _meaning(call.asked.code, scope.stores, call.now)


def _meaning(code: str, stores: Stores, now: int) -> ScannedCode:
    barcode = lookup.scanned(code, stores, now)
    item = None if barcode.gtin is None else stores.catalogue.by_barcode(barcode.gtin)
    return ScannedCode.of(barcode, item=None if item is None else item.id, number=barcode.lot)


class LearnBarcode(Asked, frozen=True, kw_only=True):
    """What was scanned is this item from now on; of what people said, the last word counts."""

    command = "stock_barcode"
    code: Code
    item: Text


def stock_barcode(scope: StockScope, transaction: Transaction, call: Call[LearnBarcode]) -> ScannedCode:
    """Learn which item a barcode is; answers as `stock_scan`."""
    stores, code = scope.stores, call.asked.code
    barcode, item = lookup.scanned(code, stores, call.now), lookup.item_called(call.asked.item, stores)
    if barcode.gtin is None:
        raise RefusedError("bad_barcode", "'code' must be a barcode with the number of an item (GTIN) in it")
    other = stores.catalogue.learn(barcode.gtin, item.id)
    if other is not None:
        text = f"{barcode.gtin} is the barcode of {other.id} in kitchen.yaml or its list of items: change it there"
        raise RefusedError("not_allowed", text)
    transaction.meta[BARCODES] = msgspec.json.encode(stores.catalogue.learned).decode()
    stores.changes.catalogue = True
    transaction.events.append(call.event("stock_barcode", item.id, {"gtin": barcode.gtin}))
    return learned(scope, call)


def learned(scope: StockScope, call: Call[LearnBarcode]) -> ScannedCode:
    """What the barcode says by now."""
    return _meaning(call.asked.code, scope.stores, call.now)
