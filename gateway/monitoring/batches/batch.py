"""A batch of food: where it is, what was marked in its life, and every way from one state to another.

    PROPOSED ──accept──► OPEN ──close──► CLOSED
        │  └──────────────close────────────┘
     decline
        ▼
    DECLINED

A batch follows its sensor: `moved` names the next one, or none. What the trace proposes (a cook, its end, a cooling)
holds until a person says otherwise: a mark of a person takes the place of a proposed one of the same kind.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum, auto

import msgspec

from gateway.haccp.rules import trace
from gateway.haccp.rules.trace import Happening


class BatchState(StrEnum):
    """How a batch stands."""

    PROPOSED = "proposed"
    OPEN = "open"
    CLOSED = "closed"
    DECLINED = "declined"


class Step(Enum):
    """What takes a batch from one state to another."""

    ACCEPT = auto()
    DECLINE = auto()
    CLOSE = auto()


TABLE: dict[tuple[BatchState, Step], BatchState] = {
    (BatchState.PROPOSED, Step.ACCEPT): BatchState.OPEN,
    (BatchState.PROPOSED, Step.DECLINE): BatchState.DECLINED,
    (BatchState.PROPOSED, Step.CLOSE): BatchState.CLOSED,
    (BatchState.OPEN, Step.CLOSE): BatchState.CLOSED,
}


class ForbiddenStepError(Exception):
    """This cannot be done with a batch in this state."""

    def __init__(self, state: BatchState, step: Step) -> None:
        super().__init__(f"a batch that is {state} cannot be taken this way ({step.name.lower()})")
        self.state = state


class Proposal(StrEnum):
    """What the trace proposes and a person accepts or declines."""

    COOK = "cook"
    COOLING = "cooling"


class Offer(msgspec.Struct, frozen=True, gc=False):
    """A proposal that waits for a person."""

    kind: Proposal
    at: int


class BatchMark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the batch, and who said so; `proposed` when the trace did.

    Attributes:
        point: of `moved`, the sensor that it is at from then on; None: at none.
        school: of `departed`, `arrived` and `eaten`, where.
    """

    at: int
    event: Happening
    point: str | None = None
    school: str | None = None
    person: str | None = None
    note: str | None = None
    proposed: bool = False


class Stay(msgspec.Struct, frozen=True, gc=False):
    """At a sensor: since <= measured_at < until; `until` None while it is still there."""

    point: str
    since: int
    until: int | None = None

    def has(self, at: int) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class ClockJump(msgspec.Struct, frozen=True, gc=False):
    """The clock was set from `old` to `new` while the batch ran: how long anything took across that is not known."""

    old: int
    new: int

    @property
    def begin(self) -> int:
        """Before this moment all times are of one clock."""
        return min(self.old, self.new)


class FoodBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Times are UTC microseconds, `point` the sensor at which it began (None: no probe in the pot).

    `food` chooses among a profile's limits, `recipe` is one of the stock.
    """

    id: str
    product: str
    state: BatchState
    opened_at: int
    controls: tuple[str, ...]
    point: str | None = None
    food: str | None = None
    recipe: str | None = None
    portions: int | None = None
    opened_by: str | None = None
    closed_at: int | None = None
    closed_by: str | None = None
    note: str | None = None
    marks: tuple[BatchMark, ...] = ()
    offers: tuple[Offer, ...] = ()
    clock_jump: ClockJump | None = None

    @property
    def runs(self) -> bool:
        """Readings and marks still reach it."""
        return self.state in (BatchState.PROPOSED, BatchState.OPEN)

    @property
    def counted(self) -> tuple[BatchMark, ...]:
        """The marks that count: of a kind that a person marked, only the person's."""
        said = {mark.event for mark in self.marks if not mark.proposed}
        return tuple(mark for mark in self.marks if not mark.proposed or mark.event not in said)

    def events(self) -> tuple[trace.Mark, ...]:
        """The marks that count, as the rules take them."""
        return tuple(trace.Mark(mark.at, mark.event) for mark in self.counted)

    def has_mark(self, event: Happening) -> bool:
        return any(mark.event is event for mark in self.marks)

    def stays(self) -> list[Stay]:
        """Where it was, in order of time; what is measured at the moment of its end is the last of it."""
        moves = sorted((mark for mark in self.marks if mark.event is Happening.MOVED), key=lambda mark: mark.at)
        begins = [(self.opened_at, self.point), *((mark.at, mark.point) for mark in moves)]
        ends = [*(at for at, _ in begins[1:]), None if self.closed_at is None else self.closed_at + 1]
        return [
            Stay(point, since, until) for (since, point), until in zip(begins, ends, strict=True) if point is not None
        ]

    @property
    def at_point(self) -> str | None:
        """The sensor that it is at now; None: at none, or no more."""
        if not self.runs:
            return None
        stays = self.stays()
        return stays[-1].point if stays and stays[-1].until is None else None

    def marked(self, mark: BatchMark) -> "FoodBatch":
        """With one more mark."""
        return msgspec.structs.replace(self, marks=(*self.marks, mark))

    def took(self, step: Step, *, at: int, who: str) -> "FoodBatch":
        """After a step of a person.

        Raises:
            ForbiddenStepError: the table has no way from here.
        """
        try:
            state = TABLE[self.state, step]
        except KeyError:
            raise ForbiddenStepError(self.state, step) from None
        offers = tuple(offer for offer in self.offers if offer.kind is not Proposal.COOK)
        if step is Step.ACCEPT:
            return msgspec.structs.replace(self, state=state, opened_by=who, offers=offers)
        return msgspec.structs.replace(self, state=state, closed_at=at, closed_by=who, offers=())

    def without_offer(self, kind: Proposal) -> "FoodBatch":
        """A person has answered a proposal."""
        return msgspec.structs.replace(self, offers=tuple(offer for offer in self.offers if offer.kind is not kind))


def next_id(day: str, known: Iterable[str]) -> str:
    """An id that people can say: the kitchen's day and a number, `20261124-03`."""
    taken = {name for name in known if name.startswith(day)}
    number = len(taken) + 1
    while f"{day}-{number:02}" in taken:
        number += 1
    return f"{day}-{number:02}"
