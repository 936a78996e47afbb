"""Writing into the journal: one transaction at a time, with its events behind the chain of those before."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gateway.journal.chain import GENESIS, chained
from gateway.journal.history.clock import move
from gateway.journal.sealing.upkeep import belongs, keep
from gateway.journal.sql import statements
from gateway.journal.writing.database import Database, PointKind
from gateway.records.time_units import MILLISECOND
from gateway.records.transaction import Event, Transaction

INBOX_KEPT = 30_000
"""Rows of the inbox: less than half the packet ids of MQTT (65,535), more than any broker has under way."""
DEAD_LETTERS_KEPT = 10_000
_SQL = statements("write")
_LAST_HASH = statements("database")["last_hash"]


class Writer:
    """The one writer of a journal file, which it opens. Every method may raise sqlite3.Error."""

    def __init__(self, path: Path, points: Mapping[str, PointKind]) -> None:
        self.database = Database(path, points)
        self._execute = self.database.connection.execute
        self._many = self.database.connection.executemany
        last = self._execute(_LAST_HASH).fetchone()
        self._head: bytes = last[0] if last else GENESIS

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def write(self, transaction: Transaction, recorded_at: int) -> None:
        """Write the transaction, durable when this returns; on an error nothing of it is there."""
        self._execute("BEGIN IMMEDIATE")
        try:
            head = self._append(self._head, transaction.events, recorded_at)
            self._write_readings(transaction, recorded_at)
            self._write_tables(transaction, recorded_at)
            self._write_progress(transaction)
            self._write_messages(transaction)
            for upkeep in transaction.upkeep:
                if belongs(self.database.connection, upkeep):
                    head = self._append(head, upkeep.events, recorded_at)
                    keep(self.database.connection, upkeep)
            self._execute("COMMIT")
        except BaseException:
            if self.database.connection.in_transaction:
                self._execute("ROLLBACK")
            raise
        self._head = head
        self.database.log.committed(len(transaction.readings))
        if transaction.upkeep or transaction.moves:
            self.database.sealed.refresh()

    def _append(self, head: bytes, events: Iterable[Event], recorded_at: int) -> bytes:
        """Append the events that are not there yet; returns the hash of the last event."""
        for event in events:
            if self._execute(_SQL["has_event"], (event.key,)).fetchone():
                continue
            body = json.dumps(event.body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            fields = {name: getattr(event, name) for name in ("key", "kind", "subject", "at", "person")}
            previous, head = head, chained(head, **fields, recorded_at=recorded_at, body=body)
            self._execute(
                _SQL["event"],
                (event.key, event.kind, event.subject, event.at, recorded_at, event.person, body, previous, head),
            )
        return head

    def _write_readings(self, transaction: Transaction, recorded_at: int) -> None:
        numbers, sealed_values = self.database.numbers, self.database.sealed
        until = sealed_values.until
        # Nobody asks when to the microsecond, and microseconds are noise that no chunk makes small.
        moment = recorded_at // MILLISECOND * MILLISECOND
        rows = [
            (numbers[point], at, *rest, moment)
            for point, at, *rest in transaction.readings
            if at >= until or not sealed_values.has(numbers[point], at)
        ]
        self._many(_SQL["reading"], rows)
        for wanted in transaction.moves:
            move(self.database.connection, wanted, sealed_values.has, until)

    def _write_tables(self, transaction: Transaction, recorded_at: int) -> None:
        """Write what people read: alarms, stock, batches of food."""
        self._many(_SQL["alarm"], transaction.alarms.values())
        self._many(_SQL["movement"], [(*row, recorded_at) for row in transaction.movements])
        for (table, _), row in transaction.tables.items():
            self._execute(_SQL[table], row)
        self._many(_SQL["batch"], transaction.food_batches.values())
        self._many(_SQL["verdict"], transaction.verdicts)
        self._many(_SQL["typed_reading"], [(*row, recorded_at) for row in transaction.typed])

    def _write_progress(self, transaction: Transaction) -> None:
        """Write how far everything has come, so that a start goes on from here."""
        self._many(_SQL["fold"], map(msgspec.structs.astuple, transaction.folds.values()))
        self._many(_SQL["refold_done"], [(control,) for control in transaction.refold_done])
        self._many(_SQL["refold_due"], transaction.refold_due.items())
        self._many(_SQL["sink"], map(msgspec.structs.astuple, transaction.sinks.values()))
        self._many(_SQL["meta"], transaction.meta.items())

    def _write_messages(self, transaction: Transaction) -> None:
        """Write by what a message is known when it comes again, and what was no reading."""
        if transaction.inbox_emptied:
            self._execute(_SQL["empty_inbox"])
        if transaction.inbox:
            self._many(_SQL["inbox"], transaction.inbox)
            self._execute(_SQL["keep_inbox_short"], (INBOX_KEPT,))
        if transaction.dead_letters:
            self._many(_SQL["dead_letter"], map(msgspec.structs.astuple, transaction.dead_letters))
            self._execute(_SQL["keep_dead_letters_few"], (DEAD_LETTERS_KEPT,))
