"""What one transaction of the journal is made of: plain rows, drawn up by the pipeline and written together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from gateway.records.time_shift import Move

ReadingRow = tuple[str, int, float | None, int, str | None, bool | None, bool | None, float | None, int]
"""Point id, measured_at, value, quality, reason, stable, net, tare, flags."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact to append. `key` is derived from what it is about, so that it cannot be stored twice."""

    key: str
    kind: str
    subject: str
    at: int
    body: dict[str, object]
    person: str | None = None


class Fold(msgspec.Struct, frozen=True):
    """Where the fold of a control or scale stands."""

    subject: str
    version: str
    at: int
    state: str


class DeadLetter(msgspec.Struct, frozen=True):
    """Something that was no reading, set aside with its reason."""

    source: str
    topic: str
    raw: bytes
    reason: str
    text: str
    at: int


class SinkRow(msgspec.Struct, frozen=True):
    """How far a reader with a cursor has come."""

    name: str
    cursor: int
    state: str
    last_error: str | None
    updated_at: int


class Upkeep(msgspec.Struct, frozen=True, kw_only=True):
    """What the sealing of hours has drawn up for one journal: all of it is written, or nothing (journal.sealing).

    Attributes:
        journal: which one: its `journal` in the table `meta`.
        events: none of them may be there already.
        chunks, rollups: rows of these tables.
        rows_go: chunks whose readings need no rows any more.
        chunks_go: chunks that are too old to be kept.
        rollups_go_before: UTC microseconds.
        sealed_seq: up to here every row stands in a chunk.
    """

    journal: str
    events: tuple[Event, ...] = ()
    chunks: tuple[tuple[object, ...], ...] = ()
    rollups: tuple[tuple[object, ...], ...] = ()
    rows_go: tuple[int, ...] = ()
    chunks_go: tuple[int, ...] = ()
    rollups_go_before: int | None = None
    sealed_seq: int | None = None


@dataclass(slots=True)
class Transaction:
    """Everything that one commit writes together. It has one attribute for each kind of row; lists keep their order."""

    readings: list[ReadingRow] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    alarms: dict[str, tuple[object, ...]] = field(default_factory=dict)
    movements: list[tuple[object, ...]] = field(default_factory=list)
    tables: dict[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)
    """(table, key) → the row as it is now, of the stock's tables."""
    food_batches: dict[str, tuple[object, ...]] = field(default_factory=dict)
    verdicts: list[tuple[object, ...]] = field(default_factory=list)
    typed: list[tuple[object, ...]] = field(default_factory=list)
    folds: dict[str, Fold] = field(default_factory=dict)
    refold_due: dict[str, int] = field(default_factory=dict)
    refold_done: list[str] = field(default_factory=list)
    inbox: list[tuple[str, bytes]] = field(default_factory=list)
    inbox_emptied: bool = False
    dead_letters: list[DeadLetter] = field(default_factory=list)
    sinks: dict[str, SinkRow] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    upkeep: list[Upkeep] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    """After the readings above."""

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    def empty_inbox(self) -> None:
        """The broker has no session of ours: what was known of the old one may not hide a new message."""
        self.inbox.clear()
        self.inbox_emptied = True

    def merge(self, later: Iterable["Transaction"]) -> "Transaction":
        """This batch with `later` ones behind it, as one transaction."""
        for batch in later:
            if batch.inbox_emptied:
                self.empty_inbox()
            for mine, theirs in (
                (self.readings, batch.readings),
                (self.events, batch.events),
                (self.movements, batch.movements),
                (self.verdicts, batch.verdicts),
                (self.typed, batch.typed),
                (self.refold_done, batch.refold_done),
                (self.inbox, batch.inbox),
                (self.dead_letters, batch.dead_letters),
                (self.upkeep, batch.upkeep),
                (self.moves, batch.moves),
            ):
                mine.extend(theirs)  # type: ignore[arg-type]
            for old, new in (
                (self.alarms, batch.alarms),
                (self.tables, batch.tables),
                (self.food_batches, batch.food_batches),
                (self.folds, batch.folds),
                (self.refold_due, batch.refold_due),
                (self.sinks, batch.sinks),
                (self.meta, batch.meta),
            ):
                old.update(new)  # type: ignore[arg-type]
        return self
