"""Movements and weighing sessions as people are told them, just booked or long past. Weights are kilograms."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta

from gateway.messages import Text
from gateway.messages.words import TextShape
from gateway.records.shape import Moment, Shape, moment
from gateway.stock.ledger.lots import Lot
from gateway.stock.ledger.movements import Entry, Movement, MovementKind
from gateway.stock.rows import movement_of
from gateway.stock.sessions.receiving import Arrived, TemperatureCheck
from gateway.stock.sessions.session import Purpose, Session


class MovementRecord(Shape, frozen=True):
    """Goods that went from one place to another."""

    id: str
    kind: MovementKind
    item: str
    lot: str
    quantity: Decimal
    source: str
    destination: str
    before: Annotated[Decimal | None, Meta(description="what the scale accounted for")]
    after: Decimal | None
    gross: Decimal | None
    tare: Decimal | None
    container: str | None
    scale: str | None
    at: Moment
    recorded_at: Moment
    while_offline: Annotated[bool, Meta(description="it happened while the scale was silent")]
    entry: Entry
    who: str | None
    reason: str | None
    note: str | None
    session: str | None
    reverses: Annotated[str | None, Meta(description="id of the movement that this one takes back")]


class MovementRecords(Shape, frozen=True):
    """The movements that something came to."""

    movements: list[MovementRecord]


class LoadRecord(Shape, frozen=True):
    """One load of a session."""

    at: Moment
    gross: Decimal
    tare: Decimal
    net: Decimal
    container: str | None
    while_offline: bool
    keys: Annotated[tuple[str, ...], Meta(description="the movements that it became")]
    undone: bool


class SessionRecord(Shape, frozen=True):
    """Something that is being weighed, or was."""

    id: str
    purpose: Purpose
    state: Literal["open", "closed", "cancelled"]
    who: str
    opened_at: Moment
    item: str | None
    name: Annotated[TextShape | None, Meta(description="of the item")]
    place: str
    scale: str | None
    lot: str | None
    number: Annotated[str | None, Meta(description="the supplier's, of the lot")]
    expires_on: date | None
    batch: str | None
    reason: str | None
    supplier: str | None
    delivery_note: str | None
    expected: Decimal | None
    tolerance: Decimal | None
    missing: Annotated[Decimal | None, Meta(description="of what was expected")]
    container: str | None
    standing: Decimal | None
    photo: str | None
    note: str | None
    expired: bool
    taken: list[LoadRecord]
    total: Decimal
    problem: Annotated[str | None, Meta(description="why the last load was not taken")]
    closed_at: Moment | None
    closed_by: str | None
    cancelled: bool
    temperature: TemperatureCheck | None
    arrived: Arrived | None
    decision: Literal["accepted", "rejected"] | None
    refused: bool


class ClosedSession(Shape, frozen=True):
    """A session that was closed before this was asked."""

    id: str
    state: Literal["closed"]


def movement_record(movement: Movement, recorded_at: int) -> MovementRecord:
    return MovementRecord.of(movement, id=movement.key, recorded_at=moment(recorded_at))


def recorded_movement(row: tuple[Any, ...]) -> MovementRecord:
    """A movement of the journal: the columns of MOVEMENT, then recorded_at."""
    return movement_record(movement_of(row), row[-1])


def session_record(session: Session, lot: Lot | None, name: Text | None) -> SessionRecord:
    """A session with all its loads; `lot` and `name` (of the item) as far as they are known."""
    return SessionRecord.of(
        session,
        state="cancelled" if session.cancelled else "open" if session.open else "closed",
        name=name,
        number=None if lot is None else lot.number,
        expires_on=None if lot is None else lot.expires_on,
        taken=[LoadRecord.of(load) for load in session.taken],
        missing=None if session.expected is None else session.expected - session.total,
    )
