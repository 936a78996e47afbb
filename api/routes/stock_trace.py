"""GET /api/stock/trace: from an excursion, a lot, a batch or a school to all others; GET /api/stock/shrinkage."""

import json as plain
from datetime import UTC, datetime, timedelta
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
from api.live.render import Json
from api.routes.answers import json, shape
from api.schemas.stock_books import ShrinkageAnswer, TraceAnswer
from api.times import iso, microseconds
from gateway.stock.reports.shrinkage import Moved, Planned, shrinkage

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
        return json({"rows": await run_in_threadpool(_shrinkage, live, journal, weeks)})

    return routes


def _traced(live: Live, journal: JournalReader, by: str, name: str, *, since: int, until: int) -> Json:
    span: Json = {"place": None, "start": None, "end": None}
    match by:
        case "lot":
            return span | _found(traces.of_lots(journal, name), f"lot {name}")
        case "batch":
            return span | traces.of_batches(journal, [name])
        case "school":
            return span | traces.of_school(journal, name, since=since, until=until)
        case "store":
            place = traces.named(name)
        case _:
            place, since, until = _excursion(live, journal, name)
    told = traces.of_store(journal, place, since=since, until=until)
    return {"place": place, "start": _moment(since), "end": _moment(until)} | told


def _moment(at: int) -> str | None:
    return None if at in {FIRST, LAST} else iso(at)


def _found(told: Json, what: str) -> Json:
    if not told["lots"]:
        raise NotFoundError(f"There is no {what}; /api/stock/lots?all=true lists them.", error="unknown_lot")
    return told


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


def _shrinkage(live: Live, journal: JournalReader, weeks: int) -> list[Json]:
    now, kitchen = live.now(), live.get("kitchen")
    if now is None or kitchen is None:
        raise GatewayAwayError("The kitchen's week is not known before the gateway is heard; start it.")
    zone = ZoneInfo(kitchen["zone"])
    moved = [
        Moved(
            row["item"],
            row["source"],
            row["destination"],
            Decimal(row["quantity"]),
            (EPOCH + timedelta(microseconds=row["at"])).astimezone(zone).date(),
        )
        for row in journal.records("shrinkage_moved", since=now - weeks * WEEK)
    ]
    planned = [
        Planned(
            row["batch"],
            row["portions"],
            {k: Decimal(v) for k, v in plain.loads(row["grams"]).items()},
            bool(row["open"]),
        )
        for row in journal.records("shrinkage_plans")
    ]
    rows: list[Json] = [msgspec.to_builtins(row) for row in shrinkage(moved, planned)]
    return rows
