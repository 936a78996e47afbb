"""What people may do with stock: one function a command, in one table; each answers with how things stand.

A command that was obeyed before, by the same key, is answered with how its session or movement stands by now.
"""

from collections.abc import Callable, Mapping

from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall, Procedure, Result
from gateway.records.transaction import Transaction
from gateway.stock.commands import arguments as said
from gateway.stock.commands.catalogue import CATALOGUE_COMMANDS
from gateway.stock.commands.closing import cancel, change_item, close, undo
from gateway.stock.commands.entry import enter, move
from gateway.stock.commands.food_batches import deliver, plan
from gateway.stock.commands.reversal import reverse
from gateway.stock.commands.sessions import session_id
from gateway.stock.commands.weighing import choose_container, open_at, set_down
from gateway.stock.ledger.movements import Entry
from gateway.stock.records import ClosedSession, MovementRecord, MovementRecords, SessionRecord, movement_record
from gateway.stock.restore import EATER
from gateway.stock.sessions.session import Session
from gateway.stock.snapshot import StockNow, StockPlans, Suggestion, plans_now, session_now, stock_now, suggestion

OnSession = Callable[[Kitchen, Transaction, CommandCall, Session], Session]


def _session(kitchen: Kitchen, order: CommandCall) -> Session:
    name = order.text("session")
    if name not in kitchen.stores.sessions:
        raise said.refused("unknown_session", f"no weighing {name!r} is open")
    return kitchen.stores.sessions[name]


def _on_session(do: OnSession) -> Procedure:
    def obey(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> SessionRecord:
        return session_now(do(kitchen, transaction, order, _session(kitchen, order)), kitchen.stores)

    def again(kitchen: Kitchen, order: CommandCall) -> SessionRecord | ClosedSession:
        return _as_it_is(kitchen, order.text("session"))

    return Procedure(obey, again)


def _as_it_is(kitchen: Kitchen, session: str) -> SessionRecord | ClosedSession:
    known = kitchen.stores.sessions.get(session)
    return ClosedSession(id=session, state="closed") if known is None else session_now(known, kitchen.stores)


def weigh_open(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> SessionRecord:
    """Begin to weigh on a bench scale."""
    return session_now(open_at(kitchen, transaction, order), kitchen.stores)


def stock_entry(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> SessionRecord:
    """Enter by hand what no scale weighs, or what was written on paper while none did."""
    return session_now(enter(kitchen, transaction, said.dated(order), Entry.TYPED), kitchen.stores)


def stock_weighing(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> SessionRecord:
    """Take a weighing of a scale that other software reads."""
    return session_now(enter(kitchen, transaction, order, Entry.POSTED), kitchen.stores)


def _entered(kitchen: Kitchen, order: CommandCall) -> SessionRecord | ClosedSession:
    return _as_it_is(kitchen, session_id(order.key))


def stock_move(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> MovementRecords:
    """Put goods elsewhere."""
    keys = move(kitchen, transaction, said.dated(order))
    transaction.events.append(order.event("stock_put_elsewhere", str(order.args["to"]), {"movements": keys}))
    return _movements(kitchen, keys, order.now)


def _movements(kitchen: Kitchen, keys: list[str], now: int) -> MovementRecords:
    found = [kitchen.stores.movement(key) for key in keys]
    return MovementRecords(movements=[movement_record(one[0], now) for one in found if one is not None])


def _moved(kitchen: Kitchen, order: CommandCall) -> MovementRecords:
    name = session_id(order.key)
    return _movements(kitchen, [name, *(f"{name}:{number}" for number in range(1, 10))], order.now)


def stock_reverse(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> MovementRecord:
    """Take a movement back."""
    back = reverse(kitchen, transaction, order)
    transaction.events.append(order.event("stock_reversed", back.item, {"movement": back.reverses}))
    return movement_record(back, order.now)


def _reversed(kitchen: Kitchen, order: CommandCall) -> MovementRecords:
    return _movements(kitchen, [f"back:{order.text('movement')}"], order.now)


def stock_batch(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> StockNow:
    """`scale`, `batch` or none: for which batch of food a bin scale's item is taken from now on."""
    who, name = order.person(kitchen), order.text("scale")
    scale = kitchen.stores.scales.get(name)
    if scale is None:
        known = ", ".join(kitchen.stores.scales) or "none"
        raise said.refused("unknown_scale", f"no item stands on {name!r}; scales with an item are: {known}")
    scale.batch = said.batch(order, kitchen.stores)
    transaction.meta[EATER + scale.point] = scale.batch or ""
    kitchen.stores.changes.items[scale.item] = True
    transaction.events.append(order.event("stock_batch", scale.point, {"batch": scale.batch, "who": who}))
    return stock_now(scale.item, kitchen.stores, order.now)


def _batch_now(kitchen: Kitchen, order: CommandCall) -> StockNow:
    return stock_now(kitchen.stores.scales[order.text("scale")].item, kitchen.stores, order.now)


def stock_plan(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> StockPlans:
    """Reserve what a batch of food needs."""
    made = plan(kitchen, transaction, order)
    transaction.events.append(
        order.event("stock_planned", made.batch, {"recipe": made.recipe, "portions": made.portions})
    )
    return StockPlans(plans=plans_now(kitchen.stores))


def _plans(kitchen: Kitchen, _: CommandCall) -> StockPlans:
    return StockPlans(plans=plans_now(kitchen.stores))


def stock_deliver(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> MovementRecords:
    """Portions of a batch leave for a school."""
    keys = deliver(kitchen, transaction, order)
    facts = {"school": order.args["school"], "portions": order.args["portions"]}
    transaction.events.append(order.event("stock_delivered", order.text("batch"), facts))
    return _movements(kitchen, keys, order.now)


def stock_suggest(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Suggestion:  # noqa: ARG001 - it only looks
    """`item`, `quantity`, `unit`: which lots to take, first expired first."""
    return _suggested(kitchen, order)


def _suggested(kitchen: Kitchen, order: CommandCall) -> Suggestion:
    stores = kitchen.stores
    what = said.item(order, stores, said.scanned(order, stores))
    wanted = said.kilograms(order, stores, what, "quantity")
    if wanted is None:
        raise said.refused("bad_request", "'quantity' must be given")
    return suggestion(what.id, wanted, stores, order.now)


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
    "stock_suggest": Procedure(stock_suggest, _suggested),
    **CATALOGUE_COMMANDS,
}


def _seeing(procedure: Procedure) -> Procedure:
    """Not to be obeyed while nobody knows what is in store."""

    def obey(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Result:
        if kitchen.stores.blind:
            raise said.refused(
                "stock_unknown",
                "the journal could not be read when the gateway started, so what is in store is not known: write it on "
                "paper, repair the disk, restart the gateway, and enter it then",
            )
        return procedure.obey(kitchen, transaction, order)

    return Procedure(obey, procedure.again)


STOCK_COMMANDS: Mapping[str, Procedure] = {name: _seeing(procedure) for name, procedure in _ALL.items()}
