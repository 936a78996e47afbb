"""What people may do with the catalogue: containers, lists of items, and what a barcode means.

`CATALOGUE_COMMANDS` is part of the table of commands.py.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from pydantic import ValidationError

from gateway.config import StockItem
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall, Json, Procedure
from gateway.records.transaction import Transaction
from gateway.stock.catalogue_snapshot import ContainerNow, ItemsTaken, ScannedCode
from gateway.stock.commands import arguments as said
from gateway.stock.formats.items_csv import CsvError, read
from gateway.stock.restore import LEARNED
from gateway.stock.rows import keep_container, keep_item
from gateway.stock.weighing.containers import Container

LARGEST_CSV = 48_000
"""Characters: what the control socket takes in a line."""


def stock_container(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> ContainerNow:
    """`id`, `name`, and `tare` in kg or the `scale` on which it stands empty: remember a container."""
    stores = kitchen.stores
    order.person(kitchen)
    name = order.text("id")
    if not said.BATCH_ID.fullmatch(name):
        raise said.refused("bad_request", f"{name!r} is no id: letters, digits, - _ . only")
    words = said.text(order, "name") or name
    tare = said.weight(order, "tare") if order.args.get("tare") is not None else _stands_on(kitchen, order)
    if not tare:
        raise said.refused("bad_quantity", "a container weighs more than 0 kg")
    made = Container(id=name, name={"id": words, "en": words}, tare=tare, weighed_at=order.now)
    stores.catalogue.containers[name] = made
    stores.changes.catalogue = True
    keep_container(transaction, made)
    transaction.events.append(order.event("stock_container", name, {"tare": str(tare)}))
    return _container(kitchen, name)


def _stands_on(kitchen: Kitchen, order: CommandCall) -> Decimal:
    bench = said.bench(order, kitchen.stores)
    if bench.live is None or bench.live.weight is None or not bench.live.stable:
        raise said.refused("not_still", f"{bench.point} does not stand still: wait until it does")
    return bench.live.weight


def _container(kitchen: Kitchen, name: str) -> ContainerNow:
    return ContainerNow.of(kitchen.stores.catalogue.containers[name])


def stock_items(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> ItemsTaken:
    """`csv`: take items from a file, all of them or none."""
    stores = kitchen.stores
    order.person(kitchen)
    text = order.args.get("csv")
    if not isinstance(text, str) or len(text) > LARGEST_CSV:
        raise said.refused("bad_request", f"'csv' is the text of a file of at most {LARGEST_CSV} characters")
    try:
        items = [_checked(kitchen, line, settings) for line, settings in read(text)]
    except CsvError as error:
        raise said.refused("bad_csv", str(error)) from None
    for item in items:
        stores.catalogue.add(item)
        stores.changes.items[item.id] = True
        stores.dirty.add(item.id)
        keep_item(transaction, item)
    stores.changes.catalogue = True
    transaction.events.append(order.event("stock_items", "items", {"items": [item.id for item in items]}))
    return ItemsTaken(items=[item.id for item in items])


def _checked(kitchen: Kitchen, line: int, settings: Json) -> StockItem:
    catalogue = kitchen.stores.catalogue
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


def stock_scan(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> ScannedCode:  # noqa: ARG001 - it only looks
    """`code`: what a barcode says, and which item it is."""
    return _scanned(kitchen, order)


def _scanned(kitchen: Kitchen, order: CommandCall) -> ScannedCode:
    found = said.scanned(order, kitchen.stores)
    if found is None:
        raise said.refused("bad_request", "'code' must be given")
    item = None if found.gtin is None else kitchen.stores.catalogue.by_barcode(found.gtin)
    return ScannedCode.of(found, item=None if item is None else item.id, number=found.lot)


def stock_barcode(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> ScannedCode:
    """`code`, `item`: what was scanned is this item from now on; of what people said, the last word counts."""
    stores = kitchen.stores
    order.person(kitchen)
    found, what = said.scanned(order, stores), said.item_called(order.text("item"), stores)
    if found is None or found.gtin is None:
        raise said.refused("bad_barcode", "'code' must be a barcode with the number of an item (GTIN) in it")
    other = stores.catalogue.learn(found.gtin, what.id)
    if other is not None:
        text = f"{found.gtin} is the barcode of {other.id} in kitchen.yaml or its list of items: change it there"
        raise said.refused("not_allowed", text)
    transaction.meta[LEARNED] = msgspec.json.encode(stores.catalogue.learned).decode()
    stores.changes.catalogue = True
    transaction.events.append(order.event("stock_barcode", what.id, {"gtin": found.gtin}))
    return _scanned(kitchen, order)


CATALOGUE_COMMANDS: Mapping[str, Procedure] = {
    "stock_container": Procedure(stock_container, lambda kitchen, order: _container(kitchen, order.text("id"))),
    "stock_items": Procedure(stock_items, lambda _kitchen, _order: ItemsTaken(items=[])),
    "stock_barcode": Procedure(stock_barcode, _scanned),
    "stock_scan": Procedure(stock_scan, _scanned),
}
