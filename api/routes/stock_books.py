"""Lots, places, receipts and lists of the stock, from the journal: they are there while the gateway is away."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.errors import NotFoundError
from api.history.journal import LAST, PAGE, JournalReader
from api.live import render
from api.live.board import Live
from api.live.render import Json
from api.routes.answers import json, shape
from api.schemas.stock import Session as ToldSession
from api.schemas.stock_books import LotsAnswer, PlacesAnswer, Purpose, SessionsAnswer
from api.times import iso
from gateway.stock.formats.items_csv import COLUMNS, write
from gateway.stock.ledger.lots import Lot, freshness
from gateway.stock.sessions.session import Session

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
        rows = await run_in_threadpool(journal.records, "stock_lots", item=item, every=every, limit=limit)
        return json({"lots": _dated(rows, live)})

    @routes.get("/api/stock/places", responses=shape(PlacesAnswer))
    async def places() -> Response:
        rows = await run_in_threadpool(journal.records, "stock_places")
        grouped = groupby(rows, key=lambda row: row["place"])
        return json({"places": [{"place": place, "holds": [_held(row) for row in held]} for place, held in grouped]})

    @routes.get("/api/stock/sessions", responses=shape(SessionsAnswer))
    async def sessions(purpose: Purpose | None = None, limit: Limit = 100, before: Before = None) -> Response:
        rows = await run_in_threadpool(journal.records, "stock_sessions", purpose=purpose, before=before, limit=limit)
        told = await run_in_threadpool(_sessions, [row["body"] for row in rows], live, journal)
        return json({"sessions": told, "next": rows[-1]["cursor"] if len(rows) == limit else None})

    @routes.get("/api/stock/sessions/{name}", responses=shape(ToldSession))
    async def session(name: str) -> Response:
        rows = await run_in_threadpool(journal.records, "stock_session", id=name)
        if not rows:
            raise NotFoundError(
                f"There is no weighing {name}; /api/stock/sessions lists them.", error="unknown_session"
            )
        [told] = await run_in_threadpool(_sessions, [rows[0]["body"]], live, journal)
        return json(told)

    @routes.get("/api/stock/export/{name}.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def export(name: Literal["items", "lots", "movements"], limit: Limit = PAGE) -> Response:
        rows, columns = await run_in_threadpool(_exported, name, live, journal, limit)
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        # With a byte order mark: without it a spreadsheet takes UTF-8 for something else.
        return Response("\ufeff" + write(rows, columns), media_type="text/csv; charset=utf-8", headers=headers)

    return routes


def _held(row: Json) -> Json:
    return {key: row[key] for key in ("item", "lot", "quantity")}


def today_of(live: Live) -> date | None:
    """The kitchen's day; None before a gateway told its zone."""
    now, kitchen = live.now(), live.get("kitchen")
    if now is None or kitchen is None:
        return None
    return datetime.fromisoformat(iso(now)).astimezone(ZoneInfo(kitchen["zone"])).date()


def _dated(rows: Iterable[Json], live: Live) -> list[Json]:
    """Lots with how they stand to their date, as long as the kitchen's day is known."""
    today = today_of(live)
    soon = {item["id"]: item["expiring_days"] for item in (live.get("catalogue") or {}).get("items", ())}
    return [_lot(row, today, soon.get(row["item"], 0)) for row in rows]


def _lot(row: Json, today: date | None, soon: int) -> Json:
    expires_on = None if row["expires_on"] is None else date.fromisoformat(row["expires_on"])
    lot = Lot(id=row["lot"], item=row["item"], expires_on=expires_on, received_at=row["received_at"])
    left = None if expires_on is None or today is None else (expires_on - today).days
    fresh = "undated" if today is None else freshness(lot, today, soon=soon).value
    return row | {"received_at": iso(row["received_at"]), "days_left": left, "freshness": fresh}


def _sessions(bodies: Iterable[str], live: Live, journal: JournalReader) -> list[Json]:
    sessions = [Session.from_json(body) for body in bodies]
    names = msgspec.json.encode(sorted({one.lot for one in sessions if one.lot is not None})).decode()
    lots = {row["id"]: row for row in journal.records("trace_lots", lots=names)}
    items = {item["id"]: item["name"] for item in (live.get("catalogue") or {}).get("items", ())}
    return [_session(one, lots.get(one.lot or ""), items) for one in sessions]


def _session(session: Session, lot: Json | None, items: Json) -> Json:
    state = "cancelled" if session.cancelled else "open" if session.open else "closed"
    told: Json = msgspec.json.decode(session.to_json())
    plain = {"id": session.item, "en": session.item}
    return render.record("sessions", told) | {
        "name": None if session.item is None else items.get(session.item, plain),
        "number": None if lot is None else lot["number"],
        "expires_on": None if lot is None else lot["expires_on"],
        "total": str(session.total),
        "state": state,
        "refused": session.refused,
        "missing": None if session.expected is None else str(session.expected - session.total),
    }


def _exported(name: str, live: Live, journal: JournalReader, limit: int) -> tuple[list[Any], tuple[str, ...]]:
    match name:
        case "items":
            items = (live.get("catalogue") or {}).get("items", ())
            return [_item(item) for item in items], COLUMNS
        case "lots":
            return _dated(journal.records("stock_lots", item=None, every=False, limit=limit), live), LOT_COLUMNS
    rows = journal.movements(item=None, before=LAST, limit=limit)
    return [render.record("movements", row) for row in rows], MOVEMENT_COLUMNS


def _item(item: Json) -> Json:
    return item | {
        "name_id": item["name"]["id"],
        "name_en": item["name"]["en"],
        "barcodes": " ".join(item["barcodes"]),
    }
