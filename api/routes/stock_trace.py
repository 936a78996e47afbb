"""GET /api/stock/trace: from an excursion, a lot, a batch or a school to all others; GET /api/stock/shrinkage."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime

from api.errors import BadRequestError, GatewayAwayError, NotFoundError
from api.history import traces
from api.history.journal import FIRST, LAST, JournalReader
from api.live.board import Live
from api.routes.answers import json, shape
from api.schemas.stock import ShrinkageAnswer, Trace, TraceAnswer
from api.times import microseconds
from gateway.records.shape import Moment, moment
from gateway.stock.reports.shrinkage import Moved, Planned, ShrinkageRow, shrinkage

WEEK = 7 * 86_400 * 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
From = Annotated[AwareDatetime | None, Query(alias="from", description="first moment, ISO 8601 with its offset")]
To = Annotated[AwareDatetime | None, Query(description="last moment, ISO 8601 with its offset")]


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes over the ledger; `live` knows which point measures which store."""
    routes = APIRouter()

    @routes.get("/api/stock/trace", responses=shape(TraceAnswer))
    async def trace(
        *,
        alarm: str | None = None,
        store: str | None = None,
        lot: str | None = None,
        batch: str | None = None,
        school: str | None = None,
        start: From = None,
        to: To = None,
    ) -> Response:
        """Exactly one of alarm, store, lot, batch and school; a span for store and school."""
        asked = {"alarm": alarm, "store": store, "lot": lot, "batch": batch, "school": school}
        given = {key: value for key, value in asked.items() if value is not None}
        if len(given) != 1:
            raise BadRequestError("Ask by exactly one of alarm, store, lot, batch and school.")
        [(by, name)] = given.items()
        since = FIRST if start is None else microseconds(start)
        until = LAST if to is None else microseconds(to)
        return json(await run_in_threadpool(_traced, live, journal, by, name, since=since, until=until))

    @routes.get("/api/stock/shrinkage", responses=shape(ShrinkageAnswer))
    async def weeks(weeks: Annotated[int, Query(ge=1, le=53)] = 8) -> Response:
        return json(ShrinkageAnswer(rows=await run_in_threadpool(_shrinkage, live, journal, weeks)))

    return routes


def _traced(live: Live, journal: JournalReader, by: str, name: str, *, since: int, until: int) -> TraceAnswer:
    match by:
        case "lot":
            return _answer(_of_lots(journal, name))
        case "batch":
            return _answer(traces.of_batches(journal, [name]))
        case "school":
            return _answer(traces.of_school(journal, name, since=since, until=until))
        case "store":
            place = traces.named(name)
        case _:
            place, since, until = _excursion(live, journal, name)
    trace = traces.of_store(journal, place, since=since, until=until)
    return _answer(trace, place=place, start=_moment(since), end=_moment(until))


def _answer(
    trace: Trace, *, place: str | None = None, start: Moment | None = None, end: Moment | None = None
) -> TraceAnswer:
    return TraceAnswer(**msgspec.structs.asdict(trace), place=place, start=start, end=end)


def _moment(at: int) -> Moment | None:
    return None if at in {FIRST, LAST} else moment(at)


def _of_lots(journal: JournalReader, name: str) -> Trace:
    trace = traces.of_lots(journal, name)
    if not trace.lots:
        raise NotFoundError(f"There is no lot {name}; /api/stock/lots?all=true lists them.", error="unknown_lot")
    return trace


def _excursion(live: Live, journal: JournalReader, name: str) -> tuple[str, int, int]:
    rows = journal.records("trace_alarm", alarm=name, now=live.now() or LAST)
    if not rows or rows[0]["point"] is None:
        raise NotFoundError(f"There is no alarm {name} of a point.", error="unknown_alarm")
    catalogue = live.get("catalogue")
    if catalogue is None:
        raise GatewayAwayError("Which point measures which store is not known before the gateway is heard; start it.")
    place = traces.place_of(rows[0]["point"], catalogue["stores"])
    if place is None:
        text = f"No store is measured by {rows[0]['point']}: name it under stock.stores, or ask by store, from and to."
        raise NotFoundError(text, error="unknown_store")
    return place, rows[0]["started_at"], rows[0]["ended_at"]


def _shrinkage(live: Live, journal: JournalReader, weeks: int) -> list[ShrinkageRow]:
    now, kitchen = live.now(), live.get("kitchen")
    if now is None or kitchen is None:
        raise GatewayAwayError("The kitchen's week is not known before the gateway is heard; start it.")
    zone = ZoneInfo(kitchen["zone"])
    moved = [
        Moved(item, source, destination, Decimal(quantity), _day(at, zone))
        for item, source, destination, quantity, at in journal.rows("shrinkage_moved", since=now - weeks * WEEK)
    ]
    planned = [
        Planned(batch, portions, msgspec.json.decode(grams, type=dict[str, Decimal]), bool(is_open))
        for batch, portions, grams, is_open in journal.rows("shrinkage_plans")
    ]
    return shrinkage(moved, planned)


def _day(at: int, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone).date()
