"""The tables that people read, folded anew from the events: alarms, stock movements, what lies where, batches.

Each difference is a sentence. The events are taken as they stand: gateway.journal.verify says whether they are whole.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from gateway import verify_batches
from gateway.alarms import Alarm
from gateway.board import KIND_OF_EVENT, from_row
from gateway.journal.disk import MOVEMENT
from gateway.journal.verify import links
from gateway.stock.books import Books
from gateway.stock.changes import ZERO
from gateway.stock.ledger import LotShortError
from gateway.stock.movements import Movement
from gateway.stock_rows import holding_of, movement_of

ALARM_KINDS = frozenset(KIND_OF_EVENT.values())
MOVED = "stock_moved"

_WEIGHTS = ("quantity", "before", "after", "gross", "tare")
Record = TypeVar("Record", Alarm, Movement)

_NAMES = tuple(field.name for field in fields(Movement))


def differences(connection: sqlite3.Connection) -> Iterator[str]:
    """Where a table says another thing than the events, as one moment of a gateway that may be running has them."""
    connection.execute("BEGIN")
    alarms, movements = _folded(connection)
    yield from _differ("alarm", alarms, _alarms(connection))
    yield from _differ("movement", movements, _movements(connection))
    yield from _differ_in_books(movements.values(), connection)
    yield from verify_batches.differences(connection)
    connection.execute("COMMIT")


def _folded(connection: sqlite3.Connection) -> tuple[dict[str, Alarm], dict[str, Movement]]:
    """An alarm's last event says how it stands; a movement is one event."""
    alarms: dict[str, Alarm] = {}
    movements: dict[str, Movement] = {}
    for link in links(connection):
        if link.kind in ALARM_KINDS:
            alarm = msgspec.json.decode(link.body, type=Alarm)
            alarms[alarm.id] = alarm
        elif link.kind == MOVED:
            movement = _movement(json.loads(link.body))
            movements[movement.key] = movement
    return alarms, movements


def _movement(facts: Mapping[str, Any]) -> Movement:
    """Before lots were told apart, an item was one lot, called like the item."""
    told = {"lot": facts["item"], **facts}
    exact = {name: Decimal(told[name]) for name in _WEIGHTS if told.get(name) is not None}
    return msgspec.convert({name: told[name] for name in _NAMES if name in told} | exact, Movement)


def _alarms(connection: sqlite3.Connection) -> dict[str, Alarm]:
    return {alarm.id: alarm for alarm in map(from_row, connection.execute("SELECT * FROM alarm"))}


def _movements(connection: sqlite3.Connection) -> dict[str, Movement]:
    rows = connection.execute(f"SELECT {MOVEMENT} FROM movement ORDER BY id")  # noqa: S608 - our own names
    return {movement.key: movement for movement in map(movement_of, rows)}


def _differ_in_books(movements: Iterable[Movement], connection: sqlite3.Connection) -> Iterator[str]:
    """What every account holds after the movements, in the order in which they were booked."""
    books = Books()
    for movement in movements:
        try:
            books.post([movement])
        except LotShortError as error:
            yield f"movement {movement.key} cannot be booked: {error}"
    rows = connection.execute("SELECT item, lot, place, quantity, since, until FROM holding")
    stored = {account: holding.quantity for account, holding in map(holding_of, rows)}
    for account in [*books.holdings, *(account for account in stored if account not in books.holdings)]:
        by_events, in_table = books.amount(account), stored.get(account, ZERO)
        if by_events != in_table:
            yield f"{' '.join(account)} holds {in_table} kg in the table, {by_events} kg by the movements"


def _differ(table: str, folded: Mapping[str, Record], stored: Mapping[str, Record]) -> Iterator[str]:
    for key in [*folded, *(key for key in stored if key not in folded)]:
        name = f"{table} {key}"
        if key not in stored:
            yield f"{name} is missing: its events are there"
        elif key not in folded:
            yield f"{name} has no event"
        elif folded[key] != stored[key]:
            yield f"{name}: {', '.join(_said(folded[key], stored[key]))}"


def _said(folded: Record, stored: Record) -> Iterator[str]:
    for name in folded.__struct_fields__ if isinstance(folded, Alarm) else _NAMES:
        by_events, in_table = getattr(folded, name), getattr(stored, name)
        if by_events != in_table:
            yield f"{name} is {_text(in_table)} in the table, {_text(by_events)} by its events"


def _text(value: object) -> str:
    return "nothing" if value is None else str(value)
