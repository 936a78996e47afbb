"""Compare the tables of food batches and verdicts with what follows from the events. Each difference is a sentence."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from gateway.journal.verify.chain import Link
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.records import AFTER, as_row, verdict_of, verdict_of_event, verdict_row
from gateway.monitoring.batches.verdicts import IssuedVerdict

Row = tuple[Any, ...]
Source = TypeVar("Source", bound=Sequence[object])
Record = TypeVar("Record")


class BatchTables(NamedTuple):
    """Batches and verdicts as their tables hold them, by id and key."""

    batches: dict[str, Row]
    verdicts: dict[str, Row]


def tables(connection: sqlite3.Connection, unreadable: list[str]) -> BatchTables:
    """Read the tables, within a transaction. `unreadable` gets a sentence for each row that cannot be read."""
    batches = connection.execute("SELECT id, product, state, opened_at, closed_at, body FROM batch").fetchall()
    verdicts = connection.execute("SELECT * FROM verdict").fetchall()
    return BatchTables(
        {row[0]: row for row in batches},
        dict(
            readable("verdict", lambda row: (row[1], _comparable(verdict_row(verdict_of(row)))), verdicts, unreadable)
        ),
    )


def readable(
    table: str, read: Callable[[Source], Record], rows: Iterable[Source], unreadable: list[str]
) -> Iterator[Record]:
    """Yield the records of a table; `unreadable` gets a sentence for each row that cannot be read."""
    for row in rows:
        try:
            yield read(row)
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError, ArithmeticError) as error:
            unreadable.append(f"{table}: a row cannot be read ({error}): {row[:2]}")


def differences(events: Iterable[Link], stored: BatchTables) -> Iterator[str]:
    """Yield the differences between the tables and the events."""
    batches: dict[str, Row] = {}
    verdicts: dict[str, Row] = {}
    unreadable: list[str] = []
    for record in readable("event", _record, events, unreadable):
        if isinstance(record, FoodBatch):
            batches[record.id] = as_row(record)
        elif record is not None:
            verdicts[record.key] = _comparable(verdict_row(record))
    yield from unreadable
    yield from _differ("batch", batches, stored.batches)
    yield from _differ("verdict", verdicts, stored.verdicts)


def _record(link: Link) -> FoodBatch | IssuedVerdict | None:
    if link.kind == "verdict_given":
        return verdict_of_event(link.body)
    if not link.subject.startswith("batch:"):
        return None
    after = msgspec.json.decode(link.body, type=dict[str, Any]).get(AFTER)
    return None if after is None else msgspec.convert(after, FoodBatch)


def _comparable(row: Row) -> Row:
    """Return a row with the keys of its body in one order."""
    return (*row[:-1], json.dumps(json.loads(row[-1]), sort_keys=True))


def _differ(table: str, folded: dict[str, Row], stored: dict[str, Row]) -> Iterator[str]:
    for key in folded.keys() - stored.keys():
        yield f"{table} {key}: the events have it, the table has not"
    for key in stored.keys() - folded.keys():
        yield f"{table} {key}: the table has it, the events have not"
    for key in folded.keys() & stored.keys():
        if folded[key] != stored[key]:
            yield f"{table} {key}: the table says another thing than the events"
