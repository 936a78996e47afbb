"""What people may do with stock: one function a command, in one table; each answers with how things stand.

A command that was obeyed before, by the same key, is answered with how its session or movement stands by now.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec
from pydantic import ValidationError

from gateway.commands import Json, Order, Procedure
from gateway.config import StockItem
from gateway.journal.records import Batch, Event
from gateway.kitchen import Kitchen
from gateway.stock.containers import Container
from gateway.stock.items_csv import CsvError, read
from gateway.stock.movements import Entry
from gateway.stock.session import Session
from gateway.stockroom import said
from gateway.stockroom.batches import deliver, plan
from gateway.stockroom.entry import enter, move
from gateway.stockroom.restore import EATER, LEARNED
from gateway.stockroom.reverse import reverse
from gateway.stockroom.rows import keep_container, keep_item
from gateway.stockroom.sessions import session_id
from gateway.stockroom.told import movement_now, plans_now, session_now, stock_now, suggestion
from gateway.stockroom.weighing import choose_container, open_at, set_down
from gateway.stockroom.weighing_end import cancel, change_item, close, undo

LARGEST_CSV = 48_000
"""Characters: what the control socket takes in a line."""

OnSession = Callable[[Kitchen, Batch, Order, Session], Session]


def _session(kitchen: Kitchen, order: Order) -> Session:
    name = order.text("session")
    if name not in kitchen.stores.sessions:
        raise said.refused("unknown_session", f"no weighing {name!r} is open")
    return kitchen.stores.sessions[name]


def _on_session(do: OnSession) -> Procedure:
    def obey(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
        return session_now(do(kitchen, batch, order, _session(kitchen, order)), kitchen.stores)

    def again(kitchen: Kitchen, order: Order) -> Json:
        return _as_it_is(kitchen, order.text("session"))

    return Procedure(obey, again)


def _as_it_is(kitchen: Kitchen, session: str) -> Json:
    known = kitchen.stores.sessions.get(session)
    return {"id": session, "state": "closed"} if known is None else session_now(known, kitchen.stores)


def weigh_open(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Begin to weigh on a bench scale."""
    return session_now(open_at(kitchen, batch, order), kitchen.stores)


def stock_entry(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Enter by hand what no scale weighs, or what was written on paper while none did."""
    return session_now(enter(kitchen, batch, said.dated(order), Entry.TYPED), kitchen.stores)


def stock_weighing(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Take a weighing of a scale that other software reads."""
    return session_now(enter(kitchen, batch, order, Entry.POSTED), kitchen.stores)


def _entered(kitchen: Kitchen, order: Order) -> Json:
    return _as_it_is(kitchen, session_id(order.key))


def _note(batch: Batch, order: Order, kind: str, subject: str, facts: Json) -> None:
    who = order.args.get("who")
    batch.events.append(
        Event(
            key=order.event_key,
            kind=kind,
            subject=subject,
            at=order.now,
            person=who if isinstance(who, str) else None,
            body=facts,
        )
    )


def stock_move(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Put goods elsewhere."""
    keys = move(kitchen, batch, said.dated(order))
    _note(batch, order, "stock_put_elsewhere", str(order.args["to"]), {"movements": keys})
    return _movements(kitchen, keys, order.now)


def _movements(kitchen: Kitchen, keys: list[str], now: int) -> Json:
    found = [kitchen.stores.movement(key) for key in keys]
    return {"movements": [movement_now(one[0], now) for one in found if one is not None]}


def _moved(kitchen: Kitchen, order: Order) -> Json:
    name = session_id(order.key)
    return _movements(kitchen, [name, *(f"{name}:{number}" for number in range(1, 10))], order.now)


def stock_reverse(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Take a movement back."""
    back = reverse(kitchen, batch, order)
    _note(batch, order, "stock_reversed", back.item, {"movement": back.reverses})
    return movement_now(back, order.now)


def _reversed(kitchen: Kitchen, order: Order) -> Json:
    return _movements(kitchen, [f"back:{order.text('movement')}"], order.now)


def stock_batch(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """`scale`, `batch` or none: for which batch of food a bin scale's item is taken from now on."""
    who, name = order.person(kitchen), order.text("scale")
    scale = kitchen.stores.scales.get(name)
    if scale is None:
        known = ", ".join(kitchen.stores.scales) or "none"
        raise said.refused("unknown_scale", f"no item stands on {name!r}; scales with an item are: {known}")
    scale.batch = said.batch(order, kitchen.stores)
    batch.meta[EATER + scale.point] = scale.batch or ""
    kitchen.stores.changed[scale.item] = True
    _note(batch, order, "stock_batch", scale.point, {"batch": scale.batch, "who": who})
    return stock_now(scale.item, kitchen.stores, order.now)


def _batch_now(kitchen: Kitchen, order: Order) -> Json:
    return stock_now(kitchen.stores.scales[order.text("scale")].item, kitchen.stores, order.now)


def stock_plan(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Reserve what a batch of food needs."""
    made = plan(kitchen, batch, order)
    _note(batch, order, "stock_planned", made.batch, {"recipe": made.recipe, "portions": made.portions})
    return {"plans": plans_now(kitchen.stores)}


def _plans(kitchen: Kitchen, _: Order) -> Json:
    return {"plans": plans_now(kitchen.stores)}


def stock_deliver(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """Portions of a batch leave for a school."""
    keys = deliver(kitchen, batch, order)
    facts = {"school": order.args["school"], "portions": order.args["portions"]}
    _note(batch, order, "stock_delivered", order.text("batch"), facts)
    return _movements(kitchen, keys, order.now)


def stock_container(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
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
    stores.changed_catalogue = True
    keep_container(batch, made)
    _note(batch, order, "stock_container", name, {"tare": str(tare)})
    return _container(kitchen, name)


def _stands_on(kitchen: Kitchen, order: Order) -> Decimal:
    bench = said.bench(order, kitchen.stores)
    if bench.live is None or bench.live.weight is None or not bench.live.stable:
        raise said.refused("not_still", f"{bench.point} does not stand still: wait until it does")
    return bench.live.weight


def _container(kitchen: Kitchen, name: str) -> Json:
    known = kitchen.stores.catalogue.containers[name]
    return {"id": known.id, "name": known.name, "tare": str(known.tare), "weighed_at": known.weighed_at}


def stock_items(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
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
        stores.changed[item.id] = True
        stores.dirty.add(item.id)
        keep_item(batch, item)
    stores.changed_catalogue = True
    _note(batch, order, "stock_items", "items", {"items": [item.id for item in items]})
    return {"items": [item.id for item in items]}


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


def stock_suggest(kitchen: Kitchen, batch: Batch, order: Order) -> Json:  # noqa: ARG001 - it only looks
    """`item`, `quantity`, `unit`: which lots to take, first expired first."""
    return _suggested(kitchen, order)


def _suggested(kitchen: Kitchen, order: Order) -> Json:
    stores = kitchen.stores
    what = said.item(order, stores, said.scanned(order, stores))
    wanted = said.kilograms(order, stores, what, "quantity")
    if wanted is None:
        raise said.refused("bad_request", "'quantity' must be given")
    return suggestion(what.id, wanted, stores, order.now)


def stock_scan(kitchen: Kitchen, batch: Batch, order: Order) -> Json:  # noqa: ARG001 - it only looks
    """`code`: what a barcode says, and which item it is."""
    return _scanned(kitchen, order)


def _scanned(kitchen: Kitchen, order: Order) -> Json:
    found = said.scanned(order, kitchen.stores)
    if found is None:
        raise said.refused("bad_request", "'code' must be given")
    item = None if found.gtin is None else kitchen.stores.catalogue.by_barcode(found.gtin)
    expires_on = None if found.expires_on is None else found.expires_on.isoformat()
    return {
        "item": None if item is None else item.id,
        "gtin": found.gtin,
        "number": found.lot,
        "expires_on": expires_on,
        "weight": None if found.weight is None else str(found.weight),
    }


def stock_barcode(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
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
    batch.meta[LEARNED] = msgspec.json.encode(stores.catalogue.learned).decode()
    stores.changed_catalogue = True
    _note(batch, order, "stock_barcode", what.id, {"gtin": found.gtin})
    return _scanned(kitchen, order)


_ALL: Mapping[str, Procedure] = {
    "weigh_open": Procedure(weigh_open, _entered),
    "weigh_tare": _on_session(set_down),
    "weigh_container": _on_session(choose_container),
    "weigh_item": _on_session(change_item),
    "weigh_undo": _on_session(undo),
    "weigh_close": _on_session(close),
    "weigh_cancel": _on_session(cancel),
    "stock_entry": Procedure(stock_entry, _entered),
    "stock_weighing": Procedure(stock_weighing, _entered),
    "stock_move": Procedure(stock_move, _moved),
    "stock_reverse": Procedure(stock_reverse, _reversed),
    "stock_batch": Procedure(stock_batch, _batch_now),
    "stock_plan": Procedure(stock_plan, _plans),
    "stock_deliver": Procedure(stock_deliver, _moved),
    "stock_container": Procedure(stock_container, lambda kitchen, order: _container(kitchen, order.text("id"))),
    "stock_items": Procedure(stock_items, lambda _kitchen, _order: {"items": []}),
    "stock_suggest": Procedure(stock_suggest, _suggested),
    "stock_barcode": Procedure(stock_barcode, _scanned),
    "stock_scan": Procedure(stock_scan, _scanned),
}


def _seeing(procedure: Procedure) -> Procedure:
    """Not to be obeyed while nobody knows what is in store."""

    def obey(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
        if kitchen.stores.blind:
            raise said.refused(
                "stock_unknown",
                "the journal could not be read when the gateway started, so what is in store is not known: write it on "
                "paper, repair the disk, restart the gateway, and enter it then",
            )
        return procedure.obey(kitchen, batch, order)

    return Procedure(obey, procedure.again)


STOCK_COMMANDS: Mapping[str, Procedure] = {name: _seeing(procedure) for name, procedure in _ALL.items()}
