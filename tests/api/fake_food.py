"""Batches of food as the gateway tells them, for the tests of the API and the page."""

from typing import Any

from fake_gateway import MINUTE, NIGHT, PLAN, Json
from shapes import made

from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import Outcome
from gateway.monitoring.batches.batch import Proposal
from gateway.monitoring.batches.snapshot import (
    BatchNow,
    MarkRecord,
    MeasureNow,
    OfferNow,
    PlanNow,
    VerdictNow,
)
from gateway.records.shape import moment

NOTICE = "default profile, not approved"
NEVER = {"id": "di ruang 31,2 °C tidak akan pernah turun ke 21 °C", "en": "a room of 31.2 °C never brings it to 21 °C"}


def plan(hash_: str, **more: Any) -> Json:
    return made(PlanNow, **PLAN | {"hash": hash_, "notice": NOTICE} | more)


def batch(name: str, product: str, outcome: str | None, **more: Any) -> Json:
    begun = {"state": "open", "opened_at": moment(NIGHT - 150 * MINUTE), "portions": 350}
    place = {"point": "bainmarie-1-core", "at_point": "bainmarie-1-core", "controls": (), "offers": []}
    stands = {"outcome": outcome, "exposure_min": 35.0, "eat_by": moment(NIGHT + 130 * MINUTE), "catching_up": False}
    marks = [mark(Happening.COOKING_STARTED, 140), mark(Happening.COOKING_ENDED, 95)]
    said = {"marks": marks, "verdicts": [], "typed": []}
    return made(BatchNow, id=name, product=product, **begun | place | stands | said | more)


def mark(event: Happening, ago: int) -> MarkRecord:
    """What the trace says, so many minutes ago."""
    at = moment(NIGHT - ago * MINUTE)
    return MarkRecord(at=at, event=event, point=None, school=None, person=None, note=None, proposed=True)


def offer(kind: Proposal) -> OfferNow:
    return OfferNow(kind=kind, at=moment(NIGHT))


def measure(value: float, unit: str, limit: float | None = None, verdict: Outcome | None = None) -> MeasureNow:
    return MeasureNow(value=value, unit=unit, limit=limit, verdict=verdict, gap_min=None, low=None, high=None)


def verdict(control: str, outcome: str, **measures: MeasureNow) -> Json:
    about = {"control": control, "source": "sensor", "verdict": outcome, "decided_at": moment(NIGHT)}
    why = {"measures": measures, "reasons": [NEVER["en"]], "told": [NEVER], "final": False, "late": False}
    return made(VerdictNow, **about | why, limits={}, overrides=[], profile="mbg-strict", profile_hash="p")
