"""The command by which somebody in the kitchen stands for the limits of the plan."""

import msgspec

from gateway.monitoring.batches.batches import APPROVED
from gateway.monitoring.batches.scope import BatchScope
from gateway.monitoring.batches.snapshot import PlanNow, plan_now
from gateway.records.commands import Asked, Call, Json, Name, RefusedError
from gateway.records.transaction import Transaction


class ApprovePlan(Asked, frozen=True, kw_only=True):
    """Stand for the limits of the plan; `hash` is that of the plan as it was shown."""

    command = "approve_plan"
    hash: Name


def approve_plan(scope: BatchScope, transaction: Transaction, call: Call[ApprovePlan]) -> PlanNow:
    """Note who in the kitchen approves the limits; answers the plan."""
    plan, who = scope.batches.plan, call.asked.who
    if call.asked.hash != plan.hash:
        raise RefusedError("not_allowed", "the plan has changed since it was shown: look at it again")
    scope.approve(who)
    body: Json = {"plan": plan.hash, "person": who, "profile": plan.profile.id}
    transaction.events.append(call.event("plan_approved", "plan", body))
    transaction.meta[APPROVED] = msgspec.json.encode(body).decode()
    return plan_now(plan)


def approved(scope: BatchScope, _: Call[ApprovePlan]) -> PlanNow:
    """The plan as it stands."""
    return plan_now(scope.batches.plan)
