"""Compare the tables of alarms, movements, balances and batches with what follows from the events.

Each difference is a sentence. The events are used as they are: journal.verify.chain checks that none was changed.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from gateway.alarms.board import KIND_OF_EVENT, REDATED
from gateway.alarms.rows import AlarmRecord, record_of_row
from gateway.cli import verify_batches
from gateway.cli.verify_batches import readable
from gateway.journal.sql import statements
from gateway.journal.verify.chain import Link, links
from gateway.stock.ledger.books import Books
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.movements import Movement
from gateway.stock.ledger.units import ZERO
from gateway.stock.rows import holding_of, movement_of

ALARM_KINDS = frozenset(KIND_OF_EVENT.values()) | {REDATED}
MOVED = "stock_moved"
STOCK = statements("stock")

_WEIGHTS = ("quantity", "before", "after", "gross", "tare")
Record = TypeVar("Record", AlarmRecord, Movement)

_NAMES = tuple(field.name for field in fields(Movement))


class StoredTables(NamedTuple):
    """The tables as the journal holds them, and the number of the newest event that they include."""

    last: int
    alarms: dict[str, AlarmRecord]
    movements: dict[str, Movement]
    holdings: dict[Account, Decimal]
    batches: verify_batches.BatchTables


def differences(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the differences between tables and events at one moment of a gateway that may be running.

    The tables are read in one short transaction. The events up to then are read after it: they never change, and a long
    transaction would prevent checkpoints of the gateway's write-ahead log.
    """
    unreadable: list[str] = []
    connection.execute("BEGIN")
    try:
        tables = _tables(connection, unreadable)
    finally:
        connection.execute("COMMIT")
    alarms, movements = _folded(links(connection, until=tables.last), unreadable)
    yield from unreadable
    yield from _differ("alarm", alarms, tables.alarms)
    yield from _differ("movement", movements, tables.movements)
    yield from _differ_in_books(movements.values(), tables.holdings)
    yield from verify_batches.differences(links(connection, until=tables.last), tables.batches)


def _tables(connection: sqlite3.Connection, unreadable: list[str]) -> StoredTables:
    ask = connection.execute
    alarms = readable("alarm", record_of_row, ask("SELECT * FROM alarm"), unreadable)
    booked = ask(STOCK["all_movements"])
    movements = readable("movement", movement_of, booked, unreadable)
    held = ask(STOCK["holdings"])
    holdings = readable("holding", holding_of, held, unreadable)
    return StoredTables(
        ask("SELECT coalesce(max(id), 0) FROM event").fetchone()[0],
        {alarm.id: alarm for alarm in alarms},
        {movement.key: movement for movement in movements},
        {account: holding.quantity for account, holding in holdings},
        verify_batches.tables(connection, unreadable),
    )


def _folded(events: Iterable[Link], unreadable: list[str]) -> tuple[dict[str, AlarmRecord], dict[str, Movement]]:
    """Return alarms and movements by the events: an alarm's last event is its state, a movement is one event."""
    alarms: dict[str, AlarmRecord] = {}
    movements: dict[str, Movement] = {}
    for record in readable("event", _record, events, unreadable):
        if isinstance(record, AlarmRecord):
            alarms[record.id] = record
        elif record is not None:
            movements[record.key] = record
    return alarms, movements


def _record(link: Link) -> AlarmRecord | Movement | None:
    if link.kind in ALARM_KINDS:
        return msgspec.json.decode(link.body, type=AlarmRecord)
    return _movement(msgspec.json.decode(link.body, type=dict[str, Any])) if link.kind == MOVED else None


def _movement(facts: Mapping[str, Any]) -> Movement:
    """Read a movement; events from before there were lots have one lot an item, with the item's id."""
    facts = {"lot": facts["item"], **facts}
    exact = {name: Decimal(facts[name]) for name in _WEIGHTS if facts.get(name) is not None}
    return msgspec.convert({name: facts[name] for name in _NAMES if name in facts} | exact, Movement)


def _differ_in_books(movements: Iterable[Movement], stored: Mapping[Account, Decimal]) -> Iterator[str]:
    """Yield the accounts whose balance differs from that after all movements, in the order of booking."""
    books = Books()
    for movement in movements:
        try:
            books.post([movement])
        except LotShortError as error:
            yield f"movement {movement.key} cannot be booked: {error}"
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
            yield f"{name}: {', '.join(_differing_fields(folded[key], stored[key]))}"


def _differing_fields(folded: Record, stored: Record) -> Iterator[str]:
    for name in folded.__struct_fields__ if isinstance(folded, AlarmRecord) else _NAMES:
        by_events, in_table = getattr(folded, name), getattr(stored, name)
        if by_events != in_table:
            yield f"{name} is {_text(in_table)} in the table, {_text(by_events)} by its events"


def _text(value: object) -> str:
    return "nothing" if value is None else str(value)
