"""The journal's file: one SQLite database in WAL mode, written by this process alone."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gateway.journal import sealed
from gateway.journal.chain import GENESIS, chained
from gateway.journal.chunk import HOUR
from gateway.journal.clock import ClockState, clock_state, move
from gateway.journal.corrections import corrections_in, first_seq
from gateway.journal.log import Log
from gateway.journal.readings import FOR_EVER, Measured, folded_rows, hour_of, newest, of_point, oldest_at, sealed_rows
from gateway.journal.schema import check, load, migrate
from gateway.records.corrections import Corrections
from gateway.records.transaction import Event, Fold, SinkRow, Transaction

INBOX_KEPT = 30_000
"""Rows of the inbox: less than half the packet ids of MQTT (65,535), more than any broker has under way."""
DEAD_LETTERS_KEPT = 10_000
OPENED_KEPT = 16
"""Sealed hours of a point that stay decoded: some 1 MB."""
BUSY_MS = 1_000
_NEWEST_SEALED = "SELECT max((SELECT max(hour) FROM chunk WHERE chunk.point = point.id AND in_rows = 0)) FROM point"
MILLISECOND = 1_000
"""Microseconds."""

_INSERT = {
    "reading": "INSERT OR IGNORE INTO reading "
    "(point, measured_at, value, quality, reason, stable, net, tare, flags, recorded_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
    "event": "INSERT INTO event (key, kind, subject, at, recorded_at, person, body, previous, hash) "
    "VALUES (?,?,?,?,?,?,?,?,?)",
    "alarm": "INSERT OR REPLACE INTO alarm (id, control, point, kind, level, priority, state, started_at, raised_at, "
    "known_at, returned_at, acknowledged_at, acknowledged_by, note, value, limit_value, worst, late, reason, item, "
    "lot, batch, also) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "movement": "INSERT OR IGNORE INTO movement (key, item, lot, kind, source, destination, quantity, before_weight, "
    "after_weight, gross, tare, container, scale, at, while_offline, entry, who, reason, note, session, reverses, "
    "recorded_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "lot": "INSERT OR REPLACE INTO lot (id, item, number, expires_on, supplier, receipt, received_at) "
    "VALUES (?,?,?,?,?,?,?)",
    "holding": "INSERT OR REPLACE INTO holding (item, lot, place, quantity, since, until) VALUES (?,?,?,?,?,?)",
    "weighing_session": "INSERT OR REPLACE INTO weighing_session "
    "(id, purpose, item, scale, lot, who, opened_at, closed_at, body) VALUES (?,?,?,?,?,?,?,?,?)",
    "stock_plan": "INSERT OR REPLACE INTO stock_plan (batch, recipe, portions, open, at, grams) VALUES (?,?,?,?,?,?)",
    "school_delivery": "INSERT OR IGNORE INTO school_delivery (key, batch, school, portions, at, who) "
    "VALUES (?,?,?,?,?,?)",
    "stock_item": "INSERT OR REPLACE INTO stock_item (id, body) VALUES (?,?)",
    "stock_container": "INSERT OR REPLACE INTO stock_container (id, body) VALUES (?,?)",
    "batch": "INSERT OR REPLACE INTO batch (id, product, state, opened_at, closed_at, body) VALUES (?,?,?,?,?,?)",
    "verdict": "INSERT OR IGNORE INTO verdict (key, batch, control, source, verdict, action, decided_at, final, late, "
    "computed_at, supersedes, profile, profile_hash, approved_by, trace_hash, body) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "typed_reading": "INSERT OR IGNORE INTO typed_reading (key, batch, point, step, at, value, instrument, person, "
    "recorded_at) VALUES (?,?,?,?,?,?,?,?,?)",
    "fold": "INSERT OR REPLACE INTO fold (subject, version, at, state) VALUES (?,?,?,?)",
    "refold_due": "INSERT INTO refold_due (control, since) VALUES (?,?) "
    "ON CONFLICT (control) DO UPDATE SET since = min(since, excluded.since)",
    "inbox": "INSERT INTO inbox (session, key) VALUES (?,?)",
    "dead_letter": "INSERT INTO dead_letter (source, topic, raw, reason, text, at) VALUES (?,?,?,?,?,?)",
    "sink": "INSERT OR REPLACE INTO sink (name, cursor, state, last_error, updated_at) VALUES (?,?,?,?,?)",
    "meta": "INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)",
}

MOVEMENT = (
    "key, item, lot, kind, source, destination, quantity, before_weight, after_weight, gross, tare, container, scale, "
    "at, while_offline, entry, who, reason, note, session, reverses"
)
"""A movement's columns, without the time at which it was recorded."""
STOCK_TABLES = {
    "lot": "SELECT id, item, number, expires_on, supplier, receipt, received_at FROM lot",
    "holding": "SELECT item, lot, place, quantity, since, until FROM holding",
    "weighing_session": "SELECT body FROM weighing_session WHERE closed_at IS NULL",
    "receipt": "SELECT body FROM weighing_session WHERE purpose = 'receive' ORDER BY opened_at DESC LIMIT 500",
    "stock_plan": "SELECT batch, recipe, portions, open, at, grams FROM stock_plan WHERE open",
    "school_delivery": "SELECT batch, sum(portions) FROM school_delivery GROUP BY batch",
    "stock_item": "SELECT id, body FROM stock_item",
    "stock_container": "SELECT id, body FROM stock_container",
}
"""What a start reads."""

PointKind = tuple[str, str]
"""Quantity and unit of a point."""


class Disk:
    """An open journal file. Every method may raise sqlite3.Error: the caller decides what that means."""

    def __init__(self, path: Path, points: Mapping[str, PointKind]) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1_000)
        try:
            self._prepare(points)
            self.log = Log(self._db, path)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, points: Mapping[str, PointKind]) -> None:
        load(self._db)
        self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        migrate(self._db)
        check(self._db)
        self._db.executemany(
            "INSERT OR IGNORE INTO point (name, quantity, unit) VALUES (?,?,?)",
            [(name, *kind) for name, kind in points.items()],
        )
        self._numbers: dict[str, int] = dict(self._db.execute("SELECT name, id FROM point").fetchall())
        last = self._db.execute("SELECT hash FROM event ORDER BY id DESC LIMIT 1").fetchone()
        self._head: bytes = last[0] if last else GENESIS
        self._begin_with_sealed()

    def _begin_with_sealed(self) -> None:
        """Look where the hours end that have no rows any more."""
        (hour,) = self._db.execute(_NEWEST_SEALED).fetchone()
        self._sealed_until: int = -FOR_EVER if hour is None else hour + HOUR
        self._opened: dict[tuple[str, int], dict[int, tuple[float | None, int]]] = {}

    def _sealed_at(self, point: str, measured_at: int) -> tuple[float | None, int] | None:
        """As `value_at`, of readings without a row. Late ones come by the hour, so the last hours stay opened."""
        place = point, hour_of(measured_at)
        if place not in self._opened:
            rows = sealed_rows(self._db, self._numbers[point], place[1])
            self._opened[place] = {row.measured_at: (row.value, row.quality) for row in rows}
            if len(self._opened) > OPENED_KEPT:
                del self._opened[next(iter(self._opened))]
        return self._opened[place].get(measured_at)

    def _is_sealed(self, number: int, measured_at: int) -> bool:
        return any(row.measured_at == measured_at for row in sealed_rows(self._db, number, hour_of(measured_at)))

    def close(self) -> None:
        """Close the file; SQLite checkpoints the log into it."""
        self._db.close()

    def write(self, transaction: Transaction, recorded_at: int) -> None:
        """Write the batch as one transaction, durable when this returns; on an error nothing of it is there."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            head = self._append_events(self._head, transaction.events, recorded_at)
            self._write_rows(transaction, recorded_at)
            for upkeep in transaction.upkeep:
                if sealed.belongs(self._db, upkeep):
                    head = self._append_events(head, upkeep.events, recorded_at)
                    sealed.keep(self._db, upkeep)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._head = head
        self.log.committed(len(transaction.readings))
        if transaction.upkeep or transaction.moves:
            self._begin_with_sealed()

    def _append_events(self, head: bytes, events: Iterable[Event], recorded_at: int) -> bytes:
        for event in events:
            if self._db.execute("SELECT 1 FROM event WHERE key = ?", (event.key,)).fetchone():
                continue
            body = json.dumps(event.body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            fields = {name: getattr(event, name) for name in ("key", "kind", "subject", "at", "person")}
            previous, head = head, chained(head, **fields, recorded_at=recorded_at, body=body)
            self._db.execute(
                _INSERT["event"],
                (event.key, event.kind, event.subject, event.at, recorded_at, event.person, body, previous, head),
            )
        return head

    def _write_rows(self, transaction: Transaction, recorded_at: int) -> None:
        many = self._db.executemany
        numbers = self._numbers
        fresh = [
            row for row in transaction.readings if row[1] >= self._sealed_until or self._sealed_at(*row[:2]) is None
        ]
        # Nobody asks when to the microsecond, and microseconds are noise that no chunk makes small.
        moment = recorded_at // MILLISECOND * MILLISECOND
        many(_INSERT["reading"], [(numbers[row[0]], *row[1:], moment) for row in fresh])
        for one in transaction.moves:
            move(self._db, one, self._is_sealed, self._sealed_until)
        many(_INSERT["alarm"], transaction.alarms.values())
        many(_INSERT["movement"], [(*row, recorded_at) for row in transaction.movements])
        for (table, _), row in transaction.tables.items():
            self._db.execute(_INSERT[table], row)
        many(_INSERT["batch"], transaction.food_batches.values())
        many(_INSERT["verdict"], transaction.verdicts)
        many(_INSERT["typed_reading"], [(*row, recorded_at) for row in transaction.typed])
        many(_INSERT["fold"], map(msgspec.structs.astuple, transaction.folds.values()))
        many("DELETE FROM refold_due WHERE control = ?", [(control,) for control in transaction.refold_done])
        many(_INSERT["refold_due"], transaction.refold_due.items())
        if transaction.inbox_emptied:
            self._db.execute("DELETE FROM inbox")
        if transaction.inbox:
            many(_INSERT["inbox"], transaction.inbox)
            self._db.execute("DELETE FROM inbox WHERE id <= (SELECT max(id) FROM inbox) - ?", (INBOX_KEPT,))
        if transaction.dead_letters:
            many(_INSERT["dead_letter"], map(msgspec.structs.astuple, transaction.dead_letters))
            keep = "DELETE FROM dead_letter WHERE id <= (SELECT max(id) FROM dead_letter) - ?"
            self._db.execute(keep, (DEAD_LETTERS_KEPT,))
        many(_INSERT["sink"], map(msgspec.structs.astuple, transaction.sinks.values()))
        many(_INSERT["meta"], transaction.meta.items())

    # What a start and the pipeline ask.

    def value_at(self, point: str, measured_at: int) -> tuple[float | None, int] | None:
        """Value and quality of the reading at exactly this time, None where there is none."""
        sql = "SELECT value, quality FROM reading WHERE point = ? AND measured_at = ?"
        found: tuple[float | None, int] | None = self._db.execute(sql, (self._numbers[point], measured_at)).fetchone()
        return found or (self._sealed_at(point, measured_at) if measured_at < self._sealed_until else None)

    def newest(
        self, point: str, usable_quality: int = 0, *, until: int = FOR_EVER
    ) -> tuple[int, float | None, int, str | None] | None:
        """measured_at, value, quality and reason of a point's newest reading of at least that quality until then."""
        row = newest(self._db, self._numbers[point], usable_quality, until=until)
        return None if row is None else (row.measured_at, row.value, row.quality, row.reason)

    def oldest_at(self, point: str) -> int | None:
        """When the oldest reading that is kept of a point was measured."""
        return oldest_at(self._db, self._numbers[point])

    def of_point(self, point: str, since: int) -> list[Measured]:
        """Readings of a point measured at `since` or later, in order of time."""
        return list(of_point(self._db, self._numbers[point], since=since, until=FOR_EVER))

    def weighings(self, point: str, after: int) -> list[Measured]:
        """Readings of a scale measured after `after`, in the order in which they came."""
        rows = sorted(folded_rows(self._db, self._numbers[point], since=after + 1, until=FOR_EVER))
        return [(row.measured_at, row.value, row.quality, row.reason, row.stable, row.tare) for row in rows]

    def alarms(self, where: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of the alarm table, oldest first, in the order of its columns."""
        sql = f"SELECT * FROM alarm WHERE {where} ORDER BY raised_at"  # noqa: S608 - `where` is ours, values are bound
        return self._db.execute(sql, parameters).fetchall()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one of our own questions; values are bound."""
        return self._db.execute(sql, values).fetchall()

    def has_event(self, key: str) -> bool:
        return self._db.execute("SELECT 1 FROM event WHERE key = ?", (key,)).fetchone() is not None

    def corrections(self) -> dict[str, Corrections]:
        """Of every point that an event corrects."""
        return corrections_in(self._db)

    def first_seq(self, point: str, since: int) -> int | None:
        """A number at or below that of every reading of a point measured at `since` or later; None without any."""
        return first_seq(self._db, point, since)

    def folds(self) -> Iterator[Fold]:
        for row in self._db.execute("SELECT subject, version, at, state FROM fold").fetchall():
            yield Fold(*row)

    def refold_due(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT control, since FROM refold_due").fetchall())

    def inbox(self) -> list[bytes]:
        return [key for (key,) in self._db.execute("SELECT key FROM inbox ORDER BY id").fetchall()]

    def movements(self, most: int) -> list[tuple[Any, ...]]:
        """The newest movements, newest first, in the order of MOVEMENT."""
        sql = f"SELECT {MOVEMENT}, recorded_at FROM movement ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own names
        return self._db.execute(sql, (most,)).fetchall()

    def movement(self, key: str) -> tuple[Any, ...] | None:
        """One movement, in the order of MOVEMENT; whether it was taken back comes last."""
        sql = (
            f"SELECT {MOVEMENT}, EXISTS (SELECT 1 FROM movement AS back WHERE back.reverses = movement.key) "  # noqa: S608 - our own names
            "FROM movement WHERE key = ?"
        )
        found: tuple[Any, ...] | None = self._db.execute(sql, (key,)).fetchone()
        return found

    def used(self, since: int) -> list[tuple[str, str, str, str, int]]:
        """item, source, destination, quantity and at of all movements since then."""
        sql = "SELECT item, source, destination, quantity, at FROM movement WHERE at >= ?"
        return self._db.execute(sql, (since,)).fetchall()

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """A small table of the stock, whole."""
        return self._db.execute(STOCK_TABLES[table]).fetchall()

    def sink(self, name: str) -> SinkRow | None:
        sql = "SELECT name, cursor, state, last_error, updated_at FROM sink WHERE name = ?"
        found = self._db.execute(sql, (name,)).fetchone()
        return SinkRow(*found) if found else None

    def meta(self, key: str) -> str | None:
        found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return found[0] if found else None

    def clock_state(self) -> ClockState | None:
        """How the clock stood."""
        return clock_state(self._db)

    def last_seq(self) -> int:
        """The highest number of a reading."""
        sql = (
            "SELECT max((SELECT coalesce(max(seq), 0) FROM reading), "
            "(SELECT coalesce(max(last_seq), 0) FROM chunk WHERE in_rows = 0))"
        )
        (last,) = self._db.execute(sql).fetchone()
        return int(last)
