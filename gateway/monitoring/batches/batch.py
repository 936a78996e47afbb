"""Define a batch of food: the sensors it is at, the marks of its life, and every way from one state to another.

    PROPOSED ──accept──► OPEN ──close──► CLOSED
        │  └──────────────close────────────┘
     decline
        ▼
    DECLINED

A batch follows its sensor: the mark `moved` names the next one, or none. What the trace proposes (a cook, its end, a
cooling) counts until a person says otherwise: a person's mark replaces a proposed one of the same kind.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum, auto

import msgspec

from gateway.haccp.rules import trace
from gateway.haccp.rules.trace import Happening


class BatchState(StrEnum):
    """The states of a batch."""

    PROPOSED = "proposed"
    OPEN = "open"
    CLOSED = "closed"
    DECLINED = "declined"


class BatchStep(Enum):
    """What a person does to take a batch from one state to another."""

    ACCEPT = auto()
    DECLINE = auto()
    CLOSE = auto()


TABLE: dict[tuple[BatchState, BatchStep], BatchState] = {
    (BatchState.PROPOSED, BatchStep.ACCEPT): BatchState.OPEN,
    (BatchState.PROPOSED, BatchStep.DECLINE): BatchState.DECLINED,
    (BatchState.PROPOSED, BatchStep.CLOSE): BatchState.CLOSED,
    (BatchState.OPEN, BatchStep.CLOSE): BatchState.CLOSED,
}


class ForbiddenStepError(Exception):
    """A batch in this state has no such step."""

    def __init__(self, state: BatchState, step: BatchStep) -> None:
        super().__init__(f"a batch that is {state} cannot be taken this way ({step.name.lower()})")
        self.state = state


class Proposal(StrEnum):
    """What the trace proposes and a person accepts or declines."""

    COOK = "cook"
    COOLING = "cooling"


class Offer(msgspec.Struct, frozen=True, gc=False):
    """A proposal that waits for a person's answer."""

    kind: Proposal
    at: int


class BatchMark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the batch.

    Attributes:
        at: when, in UTC microseconds.
        event: what.
        point: of `moved`, the sensor that the batch is at from then on; None: at none.
        school: of `departed`, `arrived` and `eaten`, where.
        person: the id of who marked it.
        note: the person's words.
        proposed: the trace shows it, and no person marked it.
    """

    at: int
    event: Happening
    point: str | None = None
    school: str | None = None
    person: str | None = None
    note: str | None = None
    proposed: bool = False


class PointStay(msgspec.Struct, frozen=True, gc=False):
    """A stay at a sensor: since <= measured_at < until; `until` is None while the batch is there."""

    point: str
    since: int
    until: int | None = None

    def has(self, at: int) -> bool:
        """Whether this moment is part of the stay."""
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
    """A batch of food. The journal keeps it as it stands here: one field for each fact.

    Attributes:
        id: the kitchen's day and a number.
        product: what people call the food.
        state: see the table.
        opened_at: when it began, in UTC microseconds.
        controls: the kinds of control that judge it.
        point: the sensor at which it began; None: no probe in the pot.
        food: chooses among a profile's limits.
        recipe: one of the stock.
        portions: how many it makes.
        opened_by: a person's id; None while it is proposed.
        closed_at: when it ended.
        closed_by: a person's id.
        note: people's words.
        marks: what happened to it.
        offers: what waits for a person's answer.
        clock_jump: the clock was set meanwhile.
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
    def effective_marks(self) -> tuple[BatchMark, ...]:
        """The marks that count: a proposed one does unless a person marked the same kind."""
        by_person = {mark.event for mark in self.marks if not mark.proposed}
        return tuple(mark for mark in self.marks if not mark.proposed or mark.event not in by_person)

    def events(self) -> tuple[trace.Mark, ...]:
        """Return the marks that count, as the rules take them."""
        return tuple(trace.Mark(mark.at, mark.event) for mark in self.effective_marks)

    def has_mark(self, event: Happening) -> bool:
        """Whether this happened, by a person or by the trace."""
        return any(mark.event is event for mark in self.marks)

    def stays(self) -> list[PointStay]:
        """Return its stays in order of time; what is measured at the moment of its end belongs to the last one."""
        moves = sorted((mark for mark in self.marks if mark.event is Happening.MOVED), key=lambda mark: mark.at)
        begins = [(self.opened_at, self.point), *((mark.at, mark.point) for mark in moves)]
        ends = [*(at for at, _ in begins[1:]), None if self.closed_at is None else self.closed_at + 1]
        return [
            PointStay(point, since, until)
            for (since, point), until in zip(begins, ends, strict=True)
            if point is not None
        ]

    @property
    def at_point(self) -> str | None:
        """The sensor that it is at now; None: at none, or the batch is over."""
        if not self.runs:
            return None
        stays = self.stays()
        return stays[-1].point if stays and stays[-1].until is None else None

    def with_mark(self, mark: BatchMark) -> "FoodBatch":
        """Return the batch with one more mark."""
        return msgspec.structs.replace(self, marks=(*self.marks, mark))

    def after(self, step: BatchStep, *, at: int, who: str) -> "FoodBatch":
        """Return the batch after a person's step.

        Raises:
            ForbiddenStepError: the table has no way from its state.
        """
        try:
            state = TABLE[self.state, step]
        except KeyError:
            raise ForbiddenStepError(self.state, step) from None
        offers = tuple(offer for offer in self.offers if offer.kind is not Proposal.COOK)
        if step is BatchStep.ACCEPT:
            return msgspec.structs.replace(self, state=state, opened_by=who, offers=offers)
        return msgspec.structs.replace(self, state=state, closed_at=at, closed_by=who, offers=())

    def without_offer(self, kind: Proposal) -> "FoodBatch":
        """Return the batch after a person has answered a proposal."""
        return msgspec.structs.replace(self, offers=tuple(offer for offer in self.offers if offer.kind is not kind))


def next_id(day: str, known: Iterable[str]) -> str:
    """Return an id that people can say: the kitchen's day and a number, `20261124-03`."""
    taken = {name for name in known if name.startswith(day)}
    number = len(taken) + 1
    while f"{day}-{number:02}" in taken:
        number += 1
    return f"{day}-{number:02}"
