"""How commands about stock answer: with sessions and movements as they stand."""

from collections.abc import Iterable

from gateway.stock.commands.sessions import session_id
from gateway.stock.records import ClosedSession, MovementRecords, SessionRecord, movement_record
from gateway.stock.snapshot import session_now
from gateway.stock.stores import Stores

MOST_LOTS = 10
"""Movements that a repeated command is answered with at most."""


def session_by(session: str, stores: Stores) -> SessionRecord | ClosedSession:
    """A weighing as it stands by now."""
    known = stores.sessions.get(session)
    return ClosedSession(id=session, state="closed") if known is None else session_now(known, stores)


def movements(keys: Iterable[str], stores: Stores, now: int) -> MovementRecords:
    """The movements of these keys that are booked."""
    found = [stores.booked.find(key) for key in keys]
    return MovementRecords(movements=[movement_record(movement[0], now) for movement in found if movement is not None])


def movements_by(key: str, stores: Stores, now: int) -> MovementRecords:
    """The movements that a command of this key has booked."""
    name = session_id(key)
    return movements([name, *(f"{name}:{number}" for number in range(1, MOST_LOTS))], stores, now)
