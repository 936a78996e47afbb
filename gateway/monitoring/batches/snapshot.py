"""Batches of food and the HACCP plan as people are told them: plain objects. Times are UTC microseconds."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.config import BatchControl
from gateway.config.plan import NOT_APPROVED, Plan
from gateway.haccp.limits.limits import Built
from gateway.haccp.rules.verdict import Measure, Verdict
from gateway.messages import told_reasons
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.fold import Judged, Source, TypedReading
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.verdicts import Given, eat_by_warning, latest_eat_by, overall

Json = dict[str, Any]
_NOTHING = Built(None)


def plan_now(plan: Plan) -> Json:
    """Whose limits, who approved them, and what the kitchen sets otherwise."""
    return {
        "profile": plan.profile.id,
        "profile_hash": plan.profile_hash,
        "hash": plan.hash,
        "approved_by": plan.approved_by,
        "notice": plan.notice,
        "overrides": [override.model_dump(mode="json") for override in plan.overrides],
        "batch_controls": [control.value for control in plan.batch_controls],
    }


def batch_now(live: LiveBatch, plan: Plan) -> Json:
    """A batch as it stands: what was said of it, how its controls stand, and what stands in the records."""
    return {
        **batch_said(live.batch),
        "at_point": live.batch.at_point,
        "outcome": _text(overall(live.judged)) if live.judged else _recorded_outcome(live),
        **_eat_by(live.judged),
        **_exposure(live.judged),
        "judged_at": live.judged_at or None,
        "catching_up": live.fold is None,
        "verdicts": [_judged(found, live, plan) for found in live.judged]
        or [given_now(given) for given in live.given.values()],
        "typed": [typed_now(reading) for reading in live.typed],
    }


def batch_said(batch: FoodBatch) -> Json:
    """What people and the trace said of a batch."""
    told: Json = msgspec.to_builtins(batch)
    return told


def _text(found: Any) -> str | None:
    return None if found is None else str(found.value)


def _recorded_outcome(live: LiveBatch) -> str | None:
    judged = [
        Judged(given.control, given.source, given.verdict, given.verdict, _NOTHING) for given in live.given.values()
    ]
    return _text(overall(judged))


def _eat_by(judged: list[Judged]) -> Json:
    """Until when the food may be eaten, and from when on that is near."""
    for found in judged:
        if found.control is BatchControl.EAT_BY and (latest := latest_eat_by(found)) is not None:
            return {"eat_by": latest, "eat_by_near": eat_by_warning(found)}
    return {"eat_by": None, "eat_by_near": None}


def _exposure(judged: list[Judged]) -> Json:
    """Minutes in the danger zone so far, what is left of them, and what is to be done with the food."""
    for found in judged:
        if found.control is BatchControl.EXPOSURE and found.verdict.measures:
            measures = found.verdict.measures
            return {
                "exposure_min": _value(measures, "minutes_in_band"),
                "exposure_left_min": _value(measures, "remaining_min"),
                "action": _text(found.verdict.action),
            }
    return {"exposure_min": None, "exposure_left_min": None, "action": None}


def _value(measures: Mapping[str, Measure | None], name: str) -> float | None:
    measure = measures.get(name)
    return None if measure is None else measure.value


def _judged(found: Judged, live: LiveBatch, plan: Plan) -> Json:
    """How a control stands now; `key` is the verdict that the records have of it, None while there is none."""
    given = live.given.get((found.control, found.source))
    return {
        "key": None if given is None else given.key,
        "control": found.control.value,
        "source": found.source.value,
        **_verdict(found.verdict),
        "final": given is not None and given.final,
        "late": given is not None and given.late,
        "limits": dict(found.built.shown),
        "overrides": plan.shown_overrides(found.control, live.batch.food),
        "profile": plan.profile.id,
        "profile_hash": plan.profile_hash,
        "approved_by": plan.approved_by,
        "notice": plan.notice,
    }


def given_now(given: Given) -> Json:
    """A verdict of the records."""
    return {
        "key": given.key,
        "control": given.control.value,
        "source": given.source.value,
        **_verdict(given.verdict),
        "final": given.final,
        "late": given.late,
        "limits": given.limits,
        "overrides": given.overrides,
        "profile": given.profile,
        "profile_hash": given.profile_hash,
        "approved_by": given.approved_by,
        "notice": NOT_APPROVED if given.approved_by is None else None,
    }


def _verdict(verdict: Verdict) -> Json:
    return {
        "verdict": verdict.outcome.value,
        "action": _text(verdict.action),
        "decided_at": verdict.decided_at,
        "measures": {
            name: {
                "value": measure.value,
                "unit": measure.unit,
                "limit": measure.limit,
                "verdict": _text(measure.verdict),
                "gap_min": measure.gap_min,
                "low": measure.low,
                "high": measure.high,
            }
            for name, measure in verdict.measures.items()
            if measure is not None and measure.says_something
        },
        **told_reasons(verdict.reasons),
    }


def typed_now(reading: TypedReading) -> Json:
    """A reading that a person typed; it is always marked so."""
    return {**msgspec.to_builtins(reading), "source": Source.TYPED.value}
