"""What people say of batches of food: open, mark, close, answer what the trace proposes, type a reading, approve.

`at` is UTC microseconds, now when it is left out; of the past it may be, of the future not. Every command answers with
the batch as it stands (gateway.monitoring.batches.snapshot.batch_now), but where it says otherwise.
"""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from gateway.haccp.limits.fields import InputError
from gateway.haccp.rules.trace import Happening
from gateway.monitoring.batches.arguments import Said
from gateway.monitoring.batches.batch import BatchMark, BatchState, BatchStep, FoodBatch, ForbiddenStepError, Proposal
from gateway.monitoring.batches.batches import APPROVED
from gateway.monitoring.batches.fold import TypedReading, TypedStep
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.snapshot import BatchNow, PlanNow, TypedOfBatch, batch_now, plan_now, typed_record
from gateway.monitoring.control_points.typed_readings import TypedOfPoint
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall, Procedure, RefusedError
from gateway.records.transaction import Event, Transaction
from gateway.stock.commands import food_batches as stock_batches


def batch_open(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> BatchNow:
    """`product`, `who`; `recipe`, `portions`, `food`, `point`, `controls`, `at`, `note`: a batch of food begins.

    With a recipe of the stock and portions what it needs is reserved.
    """
    said = Said(kitchen, order)
    at = said.at()
    fresh = FoodBatch(
        id=kitchen.batches.new_id(at),
        product=order.text("product"),
        state=BatchState.OPEN,
        opened_at=at,
        opened_by=order.person(kitchen),
        controls=said.controls(),
        point=said.point(),
        food=said.food(),
        recipe=said.recipe(),
        portions=said.portions(),
        note=order.note(),
    )
    _has_rules(kitchen, fresh)
    told = _told(kitchen, kitchen.batches.begin(transaction, fresh, key=order.event_key, now=order.now))
    if fresh.recipe is not None and fresh.portions is not None:
        needs = {"batch": fresh.id, "recipe": fresh.recipe, "portions": fresh.portions, "who": fresh.opened_by}
        stock_batches.plan(kitchen, transaction, CommandCall(needs, order.key, order.now))
    return told


def _has_rules(kitchen: Kitchen, batch: FoodBatch) -> None:
    try:
        for control in batch.controls:
            kitchen.plan.rule(control, batch.food, 1)
    except InputError as error:
        raise RefusedError("bad_request", str(error)) from None


def opened(kitchen: Kitchen, order: CommandCall) -> BatchNow:
    """The batch that was opened by this command, as it is by now."""
    same = [
        live
        for live in kitchen.batches.live.values()
        if live.batch.product == order.args.get("product") and live.batch.opened_by == order.args.get("who")
    ]
    if not same:
        raise RefusedError("unknown_batch", "it was opened, and is long over")
    return _told(kitchen, max(same, key=lambda live: live.batch.opened_at))


def batch_mark(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> BatchNow:
    """`batch`, `event`, `who`; `at`, `point` (of moved; left out: at no sensor any more), `school`, `note`.

    `portions` of departed: so many leave for the school, and with them their share of every lot.
    """
    said = Said(kitchen, order)
    live, event = said.running(), said.word("event", Happening)
    mark = BatchMark(
        at=said.at(since=live.batch.opened_at),
        event=event,
        point=said.point() if event is Happening.MOVED else None,
        school=said.maybe("school"),
        person=order.person(kitchen),
        note=order.note(),
    )
    portions = said.portions() if event is Happening.DEPARTED else None
    if portions is not None:
        if mark.school is None:
            raise RefusedError("bad_request", "'school' must be given: where do the portions go?")
        if not kitchen.stores.blind:
            stock_batches.depart(kitchen, transaction, replace(order, now=mark.at))
    kitchen.batches.mark(transaction, live, mark, key=order.event_key, now=order.now)
    return _told(kitchen, live)


def batch_close(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> BatchNow:
    """`batch`, `who`, `note`: nothing more comes; its verdicts are final, but for late readings."""
    live = Said(kitchen, order).running()
    if (note := order.note()) is not None:
        kitchen.batches.describe(transaction, live, msgspec.structs.replace(live.batch, note=note))
    told = _step(kitchen, transaction, order, live, BatchStep.CLOSE)
    stock_batches.done(kitchen, transaction, live.batch.id)
    return told


def batch_accept(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> BatchNow:
    """`batch`, `kind` (cook, cooling), `who`; of a cook also `product`, `portions`, `food`, `note`."""
    said = Said(kitchen, order)
    live, kind, who = _offered(said)
    if kind is Proposal.COOLING:
        kitchen.batches.answer_cooling(transaction, live, accept=True, who=who, key=order.event_key, now=order.now)
        return _told(kitchen, live)
    kitchen.batches.describe(transaction, live, _described(said, live.batch))
    return _step(kitchen, transaction, order, live, BatchStep.ACCEPT)


def batch_decline(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> BatchNow:
    """`batch`, `kind` (cook, cooling), `who`: it is no cook; or the food is served hot and not cooled."""
    live, kind, who = _offered(Said(kitchen, order))
    if kind is Proposal.COOLING:
        kitchen.batches.answer_cooling(transaction, live, accept=False, who=who, key=order.event_key, now=order.now)
        return _told(kitchen, live)
    return _step(kitchen, transaction, order, live, BatchStep.DECLINE)


def _offered(said: Said) -> tuple[LiveBatch, Proposal, str]:
    live, kind, who = said.running(), said.word("kind", Proposal), said.order.person(said.kitchen)
    if kind not in {offer.kind for offer in live.batch.offers}:
        raise RefusedError("not_allowed", f"nothing of the kind waits for an answer: {kind}")
    return live, kind, who


def _step(kitchen: Kitchen, transaction: Transaction, order: CommandCall, live: LiveBatch, step: BatchStep) -> BatchNow:
    try:
        kitchen.batches.step(transaction, live, step, who=order.person(kitchen), key=order.event_key, now=order.now)
    except ForbiddenStepError as error:
        raise RefusedError("not_allowed", str(error)) from None
    return _told(kitchen, live)


def _described(said: Said, batch: FoodBatch) -> FoodBatch:
    described = msgspec.structs.replace(
        batch,
        product=said.maybe("product") or batch.product,
        portions=said.portions() or batch.portions,
        food=said.food() or batch.food,
        note=said.order.note() or batch.note,
    )
    _has_rules(said.kitchen, described)
    return described


def typed_reading(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> TypedOfBatch | TypedOfPoint:
    """`batch` or `point`, `value` (°C), `instrument`, `who`; `step` (core, delivery, recheck), `at`.

    Answers {"typed": the reading, "batch": the batch} or {"typed": …, "verdicts": of the point's control points}.
    """
    said = Said(kitchen, order)
    if said.given("batch") is said.given("point"):
        raise RefusedError("bad_request", "'batch' or 'point' must be given, one of them")
    live = said.running() if said.given("batch") else None
    reading = TypedReading(
        key=order.event_key,
        at=said.at(since=None if live is None else live.batch.opened_at),
        value=said.temperature(),
        instrument=order.text("instrument"),
        person=order.person(kitchen),
        step=said.word("step", TypedStep, TypedStep.CORE),
        batch=None if live is None else live.batch.id,
        point=said.point(),
    )
    if live is not None:
        kitchen.batches.type(transaction, live, reading, key=order.event_key, now=order.now)
        return TypedOfBatch(typed=typed_record(reading), batch=_told(kitchen, live))
    verdicts = kitchen.typed.take(transaction, reading, now=order.now)
    return TypedOfPoint(typed=typed_record(reading), verdicts=verdicts)


def typed(kitchen: Kitchen, order: CommandCall) -> TypedOfBatch | TypedOfPoint:
    """What was typed with this command."""
    for live in kitchen.batches.live.values():
        for reading in live.typed:
            if reading.key == order.event_key:
                return TypedOfBatch(typed=typed_record(reading), batch=_told(kitchen, live))
    known = kitchen.typed.known(order.event_key)
    if known is None:
        raise RefusedError("unknown_reading", "it was typed, and is long past")
    return TypedOfPoint(typed=typed_record(known), verdicts=[])


def approve_plan(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> PlanNow:
    """`hash` (of the plan as it is shown), `who`: somebody in the kitchen approves the limits. Answers the plan."""
    who, plan = order.person(kitchen), kitchen.plan
    if order.text("hash") != plan.hash:
        raise RefusedError("not_allowed", "the plan has changed since it was shown: look at it again")
    plan.approved_by = who
    kitchen.changes.plan = True
    body: dict[str, object] = {"plan": plan.hash, "person": who, "profile": plan.profile.id}
    transaction.events.append(
        Event(key=order.event_key, kind="plan_approved", subject="plan", at=order.now, person=who, body=body)
    )
    transaction.meta[APPROVED] = msgspec.json.encode(body).decode()
    return plan_now(plan)


def _told(kitchen: Kitchen, live: LiveBatch) -> BatchNow:
    return batch_now(live, kitchen.plan)


def _as_it_is(kitchen: Kitchen, order: CommandCall) -> BatchNow:
    return _told(kitchen, Said(kitchen, order).batch())


def _plan(kitchen: Kitchen, order: CommandCall) -> PlanNow:  # noqa: ARG001 - as all commands
    return plan_now(kitchen.plan)


BATCH_COMMANDS: Mapping[str, Procedure] = {
    "batch_open": Procedure(batch_open, opened),
    "batch_mark": Procedure(batch_mark, _as_it_is),
    "batch_close": Procedure(batch_close, _as_it_is),
    "batch_accept": Procedure(batch_accept, _as_it_is),
    "batch_decline": Procedure(batch_decline, _as_it_is),
    "typed_reading": Procedure(typed_reading, typed),
    "approve_plan": Procedure(approve_plan, _plan),
}
