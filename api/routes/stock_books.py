"""Lots, places, receipts and lists of the stock, from the journal: they are there while the gateway is away."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from msgspec import to_builtins

from api.errors import NotFoundError
from api.history.journal import LAST, PAGE, JournalReader
from api.live.board import Json, Live
from api.routes.answers import json, shape
from api.routes.stock import page_of_movements
from api.schemas.stock import HeldLot, LotsAnswer, PlaceNow, PlacesAnswer, SessionsAnswer
from gateway.messages.words import plain
from gateway.records.shape import moment
from gateway.stock.formats.items_csv import COLUMNS, write
from gateway.stock.records import SessionRecord, session_record
from gateway.stock.rows import lot_of
from gateway.stock.sessions.session import Purpose, Session
from gateway.stock.snapshot import LotNow, lot_now

Limit = Annotated[int, Query(ge=1, le=PAGE)]
Before = Annotated[str | None, Query(description="`next` of the page before")]
LOT_COLUMNS = (
    *("lot", "item", "number", "expires_on", "days_left", "freshness", "supplier", "receipt", "received_at"),
    *("place", "quantity"),
)
MOVEMENT_COLUMNS = (
    *("at", "kind", "item", "lot", "quantity", "source", "destination", "before", "after", "gross", "tare"),
    *("container", "scale", "while_offline", "entry", "who", "reason", "note", "session", "reverses", "id"),
)


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes over the journal; `live` knows the kitchen's day and its items."""
    routes = APIRouter()

    @routes.get("/api/stock/lots", responses=shape(LotsAnswer))
    async def lots(
        item: str | None = None,
        every: Annotated[bool, Query(alias="all", description="also at kitchen, batches, schools, waste")] = False,
        limit: Limit = 1_000,
    ) -> Response:
        return json(LotsAnswer(lots=await run_in_threadpool(_lots, journal, live, item=item, every=every, limit=limit)))

    @routes.get("/api/stock/places", responses=shape(PlacesAnswer))
    async def places() -> Response:
        rows = await run_in_threadpool(journal.records, "stock_places")
        grouped = groupby(rows, key=lambda row: row["place"])
        return json(
            PlacesAnswer(
                places=[PlaceNow(place=place, holds=[HeldLot.of(row) for row in held]) for place, held in grouped]
            )
        )

    @routes.get("/api/stock/sessions", responses=shape(SessionsAnswer))
    async def sessions(purpose: Purpose | None = None, limit: Limit = 100, before: Before = None) -> Response:
        rows = await run_in_threadpool(journal.rows, "stock_sessions", purpose=purpose, before=before, limit=limit)
        records = await run_in_threadpool(_sessions, [row[1] for row in rows], live, journal)
        return json(SessionsAnswer(sessions=records, next=rows[-1][0] if len(rows) == limit else None))

    @routes.get("/api/stock/sessions/{name}", responses=shape(SessionRecord))
    async def session(name: str) -> Response:
        rows = await run_in_threadpool(journal.rows, "stock_session", id=name)
        if not rows:
            raise NotFoundError(
                f"There is no weighing {name}; /api/stock/sessions lists them.", error="unknown_session"
            )
        [record] = await run_in_threadpool(_sessions, rows[0], live, journal)
        return json(record)

    @routes.get("/api/stock/export/{name}.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def export(name: Literal["items", "lots", "movements"], limit: Limit = PAGE) -> Response:
        rows, columns = await run_in_threadpool(_exported, name, live, journal, limit)
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        # With a byte order mark: without it a spreadsheet takes UTF-8 for something else.
        return Response("\ufeff" + write(rows, columns), media_type="text/csv; charset=utf-8", headers=headers)

    return routes


def today_of(live: Live) -> date | None:
    """The kitchen's day; None before a gateway told its zone."""
    now, kitchen = live.now(), live.get("kitchen")
    if now is None or kitchen is None:
        return None
    return datetime.fromisoformat(moment(now)).astimezone(ZoneInfo(kitchen["zone"])).date()


def _items(live: Live) -> list[Json]:
    items: list[Json] = (live.get("catalogue") or {}).get("items", [])
    return items


def _lots(journal: JournalReader, live: Live, *, item: str | None, every: bool, limit: int) -> list[LotNow]:
    """Lots with how they stand to their date, as long as the kitchen's day is known."""
    today = today_of(live)
    soon = {item["id"]: item["expiring_days"] for item in _items(live)}
    rows = journal.rows("stock_lots", item=item, every=every, limit=limit)
    return [lot_now(lot_of(row[:7]), row[7], Decimal(row[8]), today=today, soon=soon.get(row[1], 0)) for row in rows]


def _sessions(bodies: Iterable[str], live: Live, journal: JournalReader) -> list[SessionRecord]:
    sessions = [Session.from_json(body) for body in bodies]
    asked = msgspec.json.encode(sorted({session.lot for session in sessions if session.lot is not None})).decode()
    lots = {row[0]: lot_of(row) for row in journal.rows("trace_lots", lots=asked)}
    names = {item["id"]: item["name"] for item in _items(live)}
    return [
        session_record(
            each, lots.get(each.lot or ""), None if each.item is None else names.get(each.item, plain(each.item))
        )
        for each in sessions
    ]


def _exported(name: str, live: Live, journal: JournalReader, limit: int) -> tuple[list[Any], tuple[str, ...]]:
    match name:
        case "items":
            return [_item(item) for item in _items(live)], COLUMNS
        case "lots":
            return to_builtins(_lots(journal, live, item=None, every=False, limit=limit)), LOT_COLUMNS
    return to_builtins(page_of_movements(journal, before=LAST, limit=limit).movements), MOVEMENT_COLUMNS


def _item(item: Json) -> Json:
    return item | {
        "name_id": item["name"]["id"],
        "name_en": item["name"]["en"],
        "barcodes": " ".join(item["barcodes"]),
    }
