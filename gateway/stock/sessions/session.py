"""A weighing session: somebody has said what is weighed and why; loads are put on and taken until it is closed.

    waiting for a load ──put on──► moving ──stands still──► taken ──► the next load, or close

What a load is without its container is kept as gross, tare and net. Receiving becomes a receipt; a count compares with
the books when it is closed; issue and waste are booked load by load.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from gateway.stock.sessions.receiving import Arrived, TemperatureCheck, Warmth
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.thresholds import Fault


class Purpose(StrEnum):
    """Why something is weighed."""

    RECEIVE = "receive"
    ISSUE = "issue"
    WASTE = "waste"
    COUNT = "count"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One load, kg; `keys` are the movements that it became, `undone` that they were taken back."""

    at: int
    gross: Decimal
    tare: Decimal
    net: Decimal
    container: str | None = None
    while_offline: bool = False
    keys: tuple[str, ...] = ()
    undone: bool = False


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session. Times are UTC microseconds, weights kg.

    Attributes:
        scale: the point; None when it is typed or posted.
        item: None only for the waste of a batch of food, whose ingredients are no longer told apart.
        lot: the lot that is made (receive) or chosen.
        place: where it goes to (receive) or comes from.
        expired: the lot was past its date and was accepted, by the kitchen's rule.
        problem: why the last load was not taken.
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
        """Net of all loads that count."""
        return sum((one.net for one in self.taken if not one.undone), ZERO)

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
        return replace(self, taken=(*self.taken, taken), problem=None)

    def without_last(self) -> tuple["Session", Taken | None]:
        """Take back the last load that counts."""
        for index in range(len(self.taken) - 1, -1, -1):
            last = self.taken[index]
            if not last.undone:
                undone = replace(last, undone=True)
                return replace(self, taken=(*self.taken[:index], undone, *self.taken[index + 1 :])), last
        return self, None

    @property
    def refused(self) -> bool:
        """The delivery was sent back, or was too warm and nobody accepted it."""
        warm = self.temperature is not None and self.temperature.verdict is Warmth.FAIL
        return self.decision == "rejected" or (warm and self.decision != "accepted")


class Waiting(StrEnum):
    """What has to happen next at a scale, for whoever stands before it."""

    SIGNAL = "signal"
    """The scale sends nothing."""
    FAULT = "fault"
    """It shows what cannot be: overload, below zero."""
    STILL = "still"
    """Something moves on it."""
    ITEM = "item"
    """Something stands on it, and nobody has said what it is."""
    LOAD = "load"
    """The session is open: put something on."""
    NEXT = "next"
    """The load is taken: put on the next one, or close."""
    NOTHING = "nothing"


def waiting(
    *, heard: bool, fault: Fault | None, still: bool, waits: Decimal, occupied: bool, session: Session | None
) -> Waiting:
    """What a bench scale waits for.

    Args:
        heard: it has sent a weight.
        fault: why its weight cannot be.
        still: it stands still.
        waits: kg on it that are not taken.
        occupied: something stands on it.
        session: the one that is open there.
    """
    if not heard:
        return Waiting.SIGNAL
    if fault is not None:
        return Waiting.FAULT
    if not still or (waits and session is not None):
        return Waiting.STILL
    if session is None:
        return Waiting.ITEM if waits else Waiting.NOTHING
    return Waiting.NEXT if occupied and session.total else Waiting.LOAD
