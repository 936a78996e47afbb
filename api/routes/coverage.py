"""GET /api/points/{id}/coverage: what of a point's time is covered by readings, set aside, or in a gap, and why."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime

from api.errors import BadRequestError, NotFoundError
from api.history.journal import JournalReader
from api.live.board import Live
from api.live.render import Json
from api.routes.answers import json, shape
from api.routes.points import From, To
from api.schemas.coverage import CoverageAnswer
from api.times import iso, microseconds
from gateway.journal.coverage.stretches import Stretch, by_hour, totals
from gateway.records.time_units import HOUR

LONGEST = 7 * 24 * HOUR
"""Every reading is looked at: a week of one point at 5 s is a quarter of a second."""


def router(live: Live, journal: JournalReader) -> APIRouter:
    """The route over the journal; `live` knows how often a reading is expected, and the time."""
    routes = APIRouter()

    @routes.get("/api/points/{point}/coverage", responses=shape(CoverageAnswer))
    async def coverage(point: str, start: Annotated[AwareDatetime, From], to: Annotated[AwareDatetime, To]) -> Response:
        live.must_be_known()
        planned = live.point(point)
        if planned is None:
            raise NotFoundError(f"There is no point {point}; /api/readings lists them.", error="unknown_point")
        since, until = microseconds(start), microseconds(to)
        if not since < until <= since + LONGEST:
            raise BadRequestError("`to` must be after `from`, by seven days at most.")
        max_gap, by_change = round(planned["max_gap_s"] * 1e6), planned["reports"] == "on_change"
        now = live.now() or until
        found = await run_in_threadpool(
            journal.coverage, point, since=since, until=until, now=now, max_gap=max_gap, by_change=by_change
        )
        return json(_told(point, found))

    return routes


def _told(point: str, stretches: list[Stretch]) -> Json:
    hours: dict[int, list[Stretch]] = {}
    for each in by_hour(stretches, HOUR):
        hours.setdefault(each.begin // HOUR, []).append(each)
    return {
        "point": point,
        "stretches": [
            {"begin": iso(each.begin), "end": iso(each.end), "cover": each.cover, "reason": each.reason}
            for each in stretches
        ],
        "parts": _parts(stretches),
        "hours": [{"hour": iso(hour * HOUR), "parts": _parts(parts)} for hour, parts in hours.items()],
    }


def _parts(stretches: Iterable[Stretch]) -> list[Json]:
    return [
        {"cover": cover, "reason": reason, "length_s": length / 1e6}
        for (cover, reason), length in totals(stretches).items()
    ]
