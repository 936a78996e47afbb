"""The table of the commands about stock; each answers with how things stand.

A command that was obeyed before, by the same key, is answered with how its session or movement stands by now.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from gateway.records.commands import Asked, Call, Procedure, RefusedError, Result, question
from gateway.records.transaction import Transaction
from gateway.stock.commands import catalogue, closing, entry, food_batches, issue, moving, reversal, weighing
from gateway.stock.commands.answers import movements_by, session_by
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.weighing import OfSession
from gateway.stock.records import ClosedSession, MovementRecords, SessionRecord
from gateway.stock.sessions.session import Session
from gateway.stock.snapshot import session_now

OnSession = TypeVar("OnSession", bound=OfSession)


def _on_session(
    asked: type[OnSession], do: Callable[[StockScope, Transaction, Call[OnSession], Session], Session]
) -> Procedure[StockScope]:
    """A command about an open session; answers the session."""

    def obey(scope: StockScope, transaction: Transaction, call: Call[OnSession]) -> SessionRecord:
        name, stores = call.asked.session, scope.stores
        if name not in stores.sessions:
            raise RefusedError("unknown_session", f"no weighing {name!r} is open")
        return session_now(do(scope, transaction, call, stores.sessions[name]), stores)

    def again(scope: StockScope, call: Call[OnSession]) -> SessionRecord | ClosedSession:
        return session_by(call.asked.session, scope.stores)

    return Procedure(asked, obey, again)


def _moved(scope: StockScope, call: Call[Asked]) -> MovementRecords:
    return movements_by(call.key, scope.stores, call.now)


_ALL: tuple[Procedure[StockScope], ...] = (
    Procedure(weighing.OpenWeighing, weighing.weigh_open, weighing.entered),
    _on_session(weighing.TareWeighing, weighing.tare),
    _on_session(weighing.ChooseContainer, weighing.choose_container),
    _on_session(closing.CorrectItem, closing.correct_item),
    _on_session(closing.UndoLoad, closing.undo),
    _on_session(closing.CloseWeighing, closing.close),
    _on_session(closing.CancelWeighing, closing.cancel),
    Procedure(entry.EnterStock, entry.stock_entry, weighing.entered),
    Procedure(entry.PostWeighing, entry.stock_weighing, weighing.entered),
    Procedure(moving.MoveStock, moving.stock_move, _moved),
    Procedure(reversal.ReverseMovement, reversal.stock_reverse, reversal.reversed_already),
    Procedure(issue.ChooseBatch, issue.stock_batch, issue.batch_chosen),
    question(issue.SuggestLots, issue.stock_suggest),
    Procedure(food_batches.PlanBatch, food_batches.stock_plan, food_batches.planned),
    Procedure(food_batches.DeliverPortions, food_batches.stock_deliver, _moved),
    Procedure(catalogue.RememberContainer, catalogue.stock_container, catalogue.remembered),
    Procedure(catalogue.ImportItems, catalogue.stock_items, catalogue.imported),
    Procedure(catalogue.LearnBarcode, catalogue.stock_barcode, catalogue.learned),
    question(catalogue.ScanBarcode, catalogue.stock_scan),
)


def _seeing(procedure: Procedure[StockScope]) -> Procedure[StockScope]:
    """Not to be obeyed while nobody knows what is in store."""

    @wraps(procedure.obey)
    def obey(scope: StockScope, transaction: Transaction, call: Call[Asked]) -> Result:
        if scope.stores.blind:
            raise RefusedError(
                "stock_unknown",
                "the journal could not be read when the gateway started, so what is in store is not known: write it on "
                "paper, repair the disk, restart the gateway, and enter it then",
            )
        return procedure.obey(scope, transaction, call)

    return Procedure(procedure.asked, obey, procedure.again)


STOCK_COMMANDS = tuple(_seeing(procedure) for procedure in _ALL)
