"""Commands about what is taken: which lots first, and for which batch of food a bin scale's item is taken."""

from typing import Annotated

from msgspec import Meta

from gateway.records.commands import Asked, Call, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands import lookup
from gateway.stock.commands.lookup import Code, OfUnit, Quantity, Text
from gateway.stock.commands.scope import StockScope
from gateway.stock.rows import BATCH_OF_SCALE
from gateway.stock.snapshot import StockNow, Suggestion, stock_now, suggestion


class SuggestLots(Asked, frozen=True, kw_only=True):
    """Which lots to take, first expired first."""

    command = "stock_suggest"
    item: Annotated[Text | None, Meta(description="its id")] = None
    code: Annotated[Code | None, Meta(description="in place of the item: its barcode")] = None
    quantity: Quantity
    unit: Annotated[OfUnit | None, Meta(description="of the quantity; the item's own when it is left out")] = None


def stock_suggest(scope: StockScope, call: Call[SuggestLots]) -> Suggestion:
    """Answer which lots to take."""
    asked, stores = call.asked, scope.stores
    barcode = None if asked.code is None else lookup.scanned(asked.code, stores, call.now)
    item = lookup.item(asked.item, barcode, stores)
    wanted = lookup.kilograms(asked.quantity, asked.unit, item, stores)
    return suggestion(item.id, wanted, stores, call.now)


class ChooseBatch(Asked, frozen=True, kw_only=True):
    """For which batch of food a bin scale's item is taken from now on; for none when it is left out."""

    command = "stock_batch"
    scale: Text
    batch: Text | None = None


def stock_batch(scope: StockScope, transaction: Transaction, call: Call[ChooseBatch]) -> StockNow:
    """Book what is taken from a bin scale to a batch; answers the stock of its item."""
    asked, stores = call.asked, scope.stores
    scale = stores.scales.bins.get(asked.scale)
    if scale is None:
        known = ", ".join(stores.scales.bins) or "none"
        text = f"no item stands on {asked.scale!r}; scales with an item are: {known}"
        raise RefusedError("unknown_scale", text)
    scale.batch = None if asked.batch is None else scope.batch(asked.batch)
    transaction.meta[BATCH_OF_SCALE + scale.point] = scale.batch or ""
    stores.changes.items[scale.item] = True
    body = {"batch": scale.batch, "who": asked.who}
    transaction.events.append(call.event("stock_batch", scale.point, body))
    return stock_now(scale.item, stores, call.now)


def batch_chosen(scope: StockScope, call: Call[ChooseBatch]) -> StockNow:
    """The stock of the item as it stands."""
    return stock_now(scope.stores.scales.bins[call.asked.scale].item, scope.stores, call.now)
