"""Commands about batches of food: open, mark, close, answer what the trace proposes.

`at` may be of the past, not of the future; now when it is left out. Every command answers with the batch as it stands
(gateway.monitoring.batches.snapshot.batch_now), but where it says otherwise.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.haccp.limits.kinds import BATCH_KINDS, BatchKindName
from gateway.haccp.profiles.model import Food
from gateway.haccp.rules.trace import Happening
from gateway.monitoring.batches.batch import BatchMark, BatchState, BatchStep, FoodBatch, ForbiddenStepError, Proposal
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.plan_approval import ApprovePlan, approve_plan, approved
from gateway.monitoring.batches.scope import LONGEST_AGO, BatchScope
from gateway.monitoring.batches.snapshot import BatchNow
from gateway.monitoring.batches.typed_reading import TypeReading, typed, typed_reading
from gateway.records.commands import (
    Asked,
    Call,
    Name,
    Note,
    PastMoment,
    Procedure,
    RefusedError,
)
from gateway.records.transaction import Transaction
from gateway.stock.commands.food_batches import Departure, Portions, depart, need_no_more, recipe_called, reserve

Control = Annotated[BatchKindName, Meta(pattern=rf"^({'|'.join(BATCH_KINDS)})$")]
Controls = Annotated[tuple[Control, ...], Meta(min_length=1, description=f"a list of {', '.join(BATCH_KINDS)}")]


class OpenBatch(Asked, frozen=True, kw_only=True):
    """Begin a batch of food; with a recipe of the stock and portions what it needs is reserved."""

    command = "batch_open"
    product: Name
    recipe: Annotated[Name | None, Meta(description="of the stock")] = None
    portions: Portions | None = None
    food: Annotated[Food | None, Meta(description="which limits it is judged by")] = None
    point: Annotated[Name | None, Meta(description="the sensor that is in it")] = None
    controls: Annotated[Controls | None, Meta(description="the plan's when they are left out")] = None
    at: Annotated[PastMoment | None, Meta(description="when it began; now when it is left out")] = None
    note: Note | None = None


def batch_open(scope: BatchScope, transaction: Transaction, call: Call[OpenBatch]) -> BatchNow:
    """Begin a batch of food."""
    asked, batches = call.asked, scope.batches
    at = call.moment(asked.at, earliest=call.now - LONGEST_AGO)
    recipe = None if asked.recipe is None else recipe_called(asked.recipe, scope.stores)
    batch = FoodBatch(
        id=batches.new_id(at),
        product=asked.product,
        state=BatchState.OPEN,
        opened_at=at,
        opened_by=asked.who,
        controls=_controls(scope, asked.controls),
        point=scope.point(asked.point),
        food=None if asked.food is None else asked.food.value,
        recipe=asked.recipe,
        portions=asked.portions,
        note=asked.note,
    )
    scope.check_rules(batch)
    answer = scope.shown(batches.begin(transaction, batch, key=call.event_key, now=call.now))
    if recipe is not None and asked.portions is not None:
        reserve(scope.stores, transaction, recipe, batch=batch.id, portions=asked.portions, at=call.now)
    return answer


def _controls(scope: BatchScope, asked: tuple[str, ...] | None) -> tuple[str, ...]:
    if asked is None:
        return scope.batches.plan.batch_controls
    return tuple(control for control in BATCH_KINDS if control in asked)


def opened(scope: BatchScope, call: Call[OpenBatch]) -> BatchNow:
    """The batch that was opened by this command, as it is by now."""
    same = [
        live
        for live in scope.batches.live.values()
        if live.batch.product == call.asked.product and live.batch.opened_by == call.asked.who
    ]
    if not same:
        raise RefusedError("unknown_batch", "it was opened, and is long over")
    return scope.shown(max(same, key=lambda live: live.batch.opened_at))


class OfBatch(Asked, frozen=True, kw_only=True):
    """A command about one batch."""

    batch: Name
    note: Note | None = None


class MarkBatch(OfBatch, frozen=True, kw_only=True):
    """Say what happened to a batch, now or a while ago. Portions that depart are booked to their school, too."""

    command = "batch_mark"
    event: Happening
    at: Annotated[PastMoment | None, Meta(description="when; now when it is left out")] = None
    point: Annotated[Name | None, Meta(description="of `moved`: the next sensor; left out: none any more")] = None
    school: Annotated[Name | None, Meta(description="of `departed`, `arrived` and `eaten`: where")] = None
    portions: Annotated[Portions | None, Meta(description="of `departed`: how many leave for the school")] = None

    def __post_init__(self) -> None:
        if self.event is Happening.DEPARTED and self.portions is not None and self.school is None:
            raise ValueError("'school' must be given: where do the portions go?")


def batch_mark(scope: BatchScope, transaction: Transaction, call: Call[MarkBatch]) -> BatchNow:
    """Mark what happened; what departs takes its share of every lot to the school."""
    asked, live = call.asked, scope.running(call.asked.batch)
    opened_at = live.batch.opened_at
    mark = BatchMark(
        at=call.moment(asked.at, earliest=opened_at, too_early="lies before the batch was opened"),
        event=asked.event,
        point=scope.point(asked.point) if asked.event is Happening.MOVED else None,
        school=asked.school,
        person=asked.who,
        note=asked.note,
    )
    if asked.event is Happening.DEPARTED and asked.portions is not None and asked.school is not None:
        _depart(
            scope,
            transaction,
            call,
            Departure(
                key=call.key,
                batch=asked.batch,
                school=asked.school,
                portions=asked.portions,
                at=mark.at,
                who=asked.who,
                note=asked.note,
            ),
        )
    scope.batches.mark(transaction, live, mark, key=call.event_key, now=call.now)
    return scope.shown(live)


def _depart(scope: BatchScope, transaction: Transaction, call: Call[MarkBatch], departure: Departure) -> None:
    """Book the departure, with an event beside that of the mark."""
    if scope.stores.blind:
        return
    depart(scope.stores, transaction, departure)
    event = call.event("stock_delivered", departure.batch, departure.body)
    transaction.events.append(msgspec.structs.replace(event, key=f"{event.key}:delivery", at=departure.at))


class CloseBatch(OfBatch, frozen=True, kw_only=True):
    """End a batch: nothing more comes."""

    command = "batch_close"


def batch_close(scope: BatchScope, transaction: Transaction, call: Call[CloseBatch]) -> BatchNow:
    """End a batch; its verdicts are final, but for late readings."""
    live = scope.running(call.asked.batch)
    _describe(scope, transaction, live, note=call.asked.note)
    answer = _step(scope, transaction, call, live, step=BatchStep.CLOSE)
    need_no_more(scope.stores, transaction, live.batch.id)
    return answer


class AcceptProposal(OfBatch, frozen=True, kw_only=True):
    """It is so, what the trace proposes; of a cook also what food it is."""

    command = "batch_accept"
    kind: Proposal
    product: Name | None = None
    portions: Portions | None = None
    food: Food | None = None


def batch_accept(scope: BatchScope, transaction: Transaction, call: Call[AcceptProposal]) -> BatchNow:
    """Take what the trace proposes for true."""
    asked, live = call.asked, _offered(scope, call.asked.batch, call.asked.kind)
    if asked.kind is Proposal.COOLING:
        return _answer_cooling(scope, transaction, call, live, accept=True)
    food = None if asked.food is None else asked.food.value
    _describe(scope, transaction, live, product=asked.product, portions=asked.portions, food=food, note=asked.note)
    return _step(scope, transaction, call, live, step=BatchStep.ACCEPT)


class DeclineProposal(OfBatch, frozen=True, kw_only=True):
    """It is no cook; or the food is served hot and not cooled."""

    command = "batch_decline"
    kind: Proposal


def batch_decline(scope: BatchScope, transaction: Transaction, call: Call[DeclineProposal]) -> BatchNow:
    """Take what the trace proposes for wrong."""
    live = _offered(scope, call.asked.batch, call.asked.kind)
    if call.asked.kind is Proposal.COOLING:
        return _answer_cooling(scope, transaction, call, live, accept=False)
    _describe(scope, transaction, live, note=call.asked.note)
    return _step(scope, transaction, call, live, step=BatchStep.DECLINE)


def _offered(scope: BatchScope, batch: str, kind: Proposal) -> LiveBatch:
    live = scope.running(batch)
    if kind not in {offer.kind for offer in live.batch.offers}:
        raise RefusedError("not_allowed", f"nothing of the kind waits for an answer: {kind}")
    return live


def _answer_cooling(
    scope: BatchScope, transaction: Transaction, call: Call[OfBatch], live: LiveBatch, *, accept: bool
) -> BatchNow:
    _describe(scope, transaction, live, note=call.asked.note)
    scope.batches.answer_cooling(transaction, live, accept=accept, who=call.asked.who, key=call.event_key, now=call.now)
    return scope.shown(live)


def _step(
    scope: BatchScope, transaction: Transaction, call: Call[OfBatch], live: LiveBatch, *, step: BatchStep
) -> BatchNow:
    try:
        scope.batches.step(transaction, live, step, who=call.asked.who, key=call.event_key, now=call.now)
    except ForbiddenStepError as error:
        raise RefusedError("not_allowed", str(error)) from None
    return scope.shown(live)


def _describe(scope: BatchScope, transaction: Transaction, live: LiveBatch, **said: str | int | None) -> None:
    """Note what a person says of a batch; the step that follows keeps it."""
    described = msgspec.structs.replace(
        live.batch, **{name: value for name, value in said.items() if value is not None}
    )
    if described == live.batch:
        return
    scope.check_rules(described)
    scope.batches.describe(transaction, live, described)


def _as_it_is(scope: BatchScope, call: Call[OfBatch]) -> BatchNow:
    return scope.shown(scope.known(call.asked.batch))


BATCH_COMMANDS = (
    Procedure(OpenBatch, batch_open, opened),
    Procedure(MarkBatch, batch_mark, _as_it_is),
    Procedure(CloseBatch, batch_close, _as_it_is),
    Procedure(AcceptProposal, batch_accept, _as_it_is),
    Procedure(DeclineProposal, batch_decline, _as_it_is),
    Procedure(TypeReading, typed_reading, typed),
    Procedure(ApprovePlan, approve_plan, approved),
)
