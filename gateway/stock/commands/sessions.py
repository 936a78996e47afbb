"""A weighing session on its way to the journal and to people."""

from hashlib import sha256

from msgspec.structs import replace

from gateway.records.commands import Asked, Call
from gateway.records.transaction import Transaction
from gateway.stock.rows import keep_session
from gateway.stock.sessions.session import Purpose, Session
from gateway.stock.stores import Stores


def session_id(key: str) -> str:
    """Derived from the command's key, so that a repeated command finds its session; short enough to be read aloud."""
    return f"w-{sha256(key.encode()).hexdigest()[:10]}"


def keep(stores: Stores, transaction: Transaction, session: Session) -> None:
    """Have the journal keep the session, and people told of it."""
    keep_session(transaction, session)
    stores.changes.sessions[session.id] = session
    if session.scale is not None:
        stores.changes.benches[session.scale] = None
    if session.open:
        stores.sessions[session.id] = session
    else:
        stores.sessions.pop(session.id, None)
    if session.purpose is Purpose.RECEIVE and not session.cancelled and session.item is not None:
        lot = stores.books.lots.get(session.lot or "")
        number = None if lot is None else lot.number
        stores.receipts[session.supplier, session.delivery_note, session.item, number] = session.id


def tell(transaction: Transaction, kind: str, session: Session, call: Call[Asked]) -> None:
    """Note the command, by its key, with what the session has come to."""
    facts: dict[str, object] = {
        "purpose": session.purpose.value,
        "item": session.item,
        "lot": session.lot,
        "batch": session.batch,
        "total": str(session.total),
        "scale": session.scale,
    }
    if session.temperature is not None:
        facts["temperature"] = session.temperature.verdict.value
    if session.decision is not None:
        facts["decision"] = session.decision
    event = call.event(kind, session.id, facts)
    transaction.events.append(replace(event, person=session.closed_by or session.who))
