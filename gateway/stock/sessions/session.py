"""Define a weighing session: a person selects what is weighed and why; loads are booked until the session is closed.

    waiting for a load ──put on──► moving ──stable──► booked ──► the next load, or close

Each load is recorded with gross, tare and net. A receiving session becomes a receipt; a count is compared with the
books when it is closed; issue and waste are booked load by load.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from gateway.stock.ledger.units import ZERO
from gateway.stock.sessions.receiving import Arrived, TemperatureCheck, Warmth
from gateway.stock.weighing.thresholds import Fault


class Purpose(StrEnum):
    """Why something is weighed."""

    RECEIVE = "receive"
    ISSUE = "issue"
    WASTE = "waste"
    COUNT = "count"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One booked load, kg. `keys`: its movements; `undone`: they were reversed."""

    at: int
    gross: Decimal
    tare: Decimal
    net: Decimal
    container: str | None = None
    while_offline: bool = False
    keys: tuple[str, ...] = ()
    undone: bool = False


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session, as the journal stores it. Times are UTC microseconds, weights kg.

    Attributes:
        scale: the scale's point; None when the weight is typed or posted.
        item: None only for the waste of a batch of food, whose ingredients cannot be separated any more.
        lot: the new lot (receive), or the chosen one.
        place: the destination (receive), else the source.
        expired: the lot was past its date and was accepted, by the kitchen's rule.
        problem: why the last load was not booked.
    """

    id: str
    purpose: Purpose
    who: str
    opened_at: int
    item: str | None
    place: str
    scale: str | None = None
    lot: str | None = None
    batch: str | None = None
    reason: str | None = None
    supplier: str | None = None
    delivery_note: str | None = None
    expected: Decimal | None = None
    tolerance: Decimal | None = None
    container: str | None = None
    standing: Decimal | None = None
    photo: str | None = None
    note: str | None = None
    expired: bool = False
    taken: tuple[Taken, ...] = ()
    problem: str | None = None
    closed_at: int | None = None
    closed_by: str | None = None
    cancelled: bool = False
    temperature: TemperatureCheck | None = None
    arrived: Arrived | None = None
    decision: str | None = None

    @property
    def total(self) -> Decimal:
        """The net weight of all loads that were not undone."""
        return sum((load.net for load in self.taken if not load.undone), ZERO)

    @property
    def open(self) -> bool:
        return self.closed_at is None

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Session":
        """Raises msgspec.DecodeError for what `to_json` did not write."""
        return msgspec.json.decode(text, type=cls)

    def with_load(self, taken: Taken) -> "Session":
        """Return the session with one more load."""
        return replace(self, taken=(*self.taken, taken), problem=None)

    def without_last(self) -> tuple["Session", Taken | None]:
        """Mark the last load as undone; return the session and that load, None without one."""
        for index in range(len(self.taken) - 1, -1, -1):
            last = self.taken[index]
            if not last.undone:
                undone = replace(last, undone=True)
                return replace(self, taken=(*self.taken[:index], undone, *self.taken[index + 1 :])), last
        return self, None

    @property
    def refused(self) -> bool:
        """Whether the delivery was sent back, or was too warm and nobody accepted it."""
        warm = self.temperature is not None and self.temperature.verdict is Warmth.FAIL
        return self.decision == "rejected" or (warm and self.decision != "accepted")


class WaitingFor(StrEnum):
    """What has to happen next at a bench scale, shown to the person there."""

    SIGNAL = "signal"
    """The scale sends nothing."""
    FAULT = "fault"
    """Its weight is impossible: overload, below zero."""
    STILL = "still"
    """The weight is not stable."""
    ITEM = "item"
    """There is a load, but no session."""
    LOAD = "load"
    """The session is open: put something on."""
    NEXT = "next"
    """The load is booked: put on the next one, or close."""
    NOTHING = "nothing"


def waiting(
    *, heard: bool, fault: Fault | None, still: bool, waits: Decimal, occupied: bool, session: Session | None
) -> WaitingFor:
    """Return what a bench scale waits for.

    Args:
        heard: it has sent a weight.
        fault: why its weight is impossible.
        still: its weight is stable.
        waits: kg on it that are not booked.
        occupied: something is on it.
        session: the one that is open there.
    """
    if not heard:
        return WaitingFor.SIGNAL
    if fault is not None:
        return WaitingFor.FAULT
    if not still or (waits and session is not None):
        return WaitingFor.STILL
    if session is None:
        return WaitingFor.ITEM if waits else WaitingFor.NOTHING
    return WaitingFor.NEXT if occupied and session.total else WaitingFor.LOAD
