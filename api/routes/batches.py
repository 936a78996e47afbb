"""Batches of food: GET and POST /api/batches, their marks, verdicts and typed readings; the plan's approval."""

from typing import Annotated, Literal
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime

from api.errors import NotFoundError
from api.history.journal import LAST, PAGE, JournalReader
from api.live import render
from api.live.board import Live
from api.live.gateway_client import GatewayClient
from api.live.render import Json
from api.routes.answers import NOT_ALLOWED, json, ready, shape
from api.schemas.batches import (
    Accepting,
    Approval,
    BatchesAnswer,
    Closing,
    FoodBatch,
    Marking,
    Opening,
    PastBatchesAnswer,
    Plan,
    Said,
    TypedAnswer,
    TypedReadingsAnswer,
    Typing,
    VerdictsAnswer,
)
from api.times import iso, microseconds
from gateway.config.plan import NOT_APPROVED
from gateway.haccp.rules.verdict import Why
from gateway.messages import told_reasons
from gateway.monitoring.batches.records import reasons_of

Kind = Literal["cook", "cooling"]
Limit = Annotated[int, Query(ge=1, le=PAGE)]
Before = Annotated[int, Query(description="`next` of the page before")]
Earlier = Annotated[AwareDatetime | None, Query(description="`next` of the page before")]


def router(live: Live, journal: JournalReader, gateway: GatewayClient) -> APIRouter:
    """Routes: what runs from the live state, what was from the journal, what people say by the gateway."""
    routes = APIRouter()
    _reading(routes, live, journal)
    _saying(routes, gateway)
    return routes


def _reading(routes: APIRouter, live: Live, journal: JournalReader) -> None:
    @routes.get("/api/batches", responses=shape(BatchesAnswer | PastBatchesAnswer))
    async def batches(
        state: Literal["running", "all"] = "running", limit: Limit = 100, before: Earlier = None
    ) -> Response:
        if state == "running":
            return ready(live.view("batches"))
        until = LAST if before is None else microseconds(before)
        rows = await run_in_threadpool(journal.batches, before=until, limit=limit)
        told = [msgspec.json.decode(row["body"]) for row in rows]
        following = iso(told[-1]["opened_at"]) if len(told) == limit else None
        return json({"batches": [_said(one) for one in told], "next": following})

    @routes.get("/api/batches/{batch}", responses=shape(FoodBatch))
    async def batch(batch: str) -> Response:
        known = next((one for one in live.get("batches") if one["id"] == batch), None)
        if known is not None:
            return json(known)
        row = await run_in_threadpool(journal.batch, batch)
        if row is None:
            raise NotFoundError(f"There is no batch {batch}.", error="unknown_batch")
        verdicts = await run_in_threadpool(journal.verdicts, batch=batch, before=LAST, limit=PAGE)
        standing = {(one["control"], one["source"]): one for one in reversed(verdicts)}
        told = _said(msgspec.json.decode(row["body"]))
        return json(told | {"verdicts": [_verdict(one) for one in standing.values()]})

    @routes.get("/api/verdicts", responses=shape(VerdictsAnswer))
    async def verdicts(batch: str | None = None, limit: Limit = 100, before: Before = LAST) -> Response:
        rows = await run_in_threadpool(journal.verdicts, batch=batch, before=before, limit=limit)
        following = rows[-1]["number"] if len(rows) == limit else None
        return json({"verdicts": [_verdict(row) for row in rows], "next": following})

    @routes.get("/api/typed-readings", responses=shape(TypedReadingsAnswer))
    async def typed(
        batch: str | None = None, point: str | None = None, limit: Limit = 100, before: Before = LAST
    ) -> Response:
        rows = await run_in_threadpool(journal.typed, batch=batch, point=point, before=before, limit=limit)
        following = rows[-1]["number"] if len(rows) == limit else None
        return json({"typed": [render.record("typed", row | {"source": "typed"}) for row in rows], "next": following})


def _saying(routes: APIRouter, gateway: GatewayClient) -> None:
    async def say(name: str, shown: str, said: Said, **more: object) -> Response:
        args = {key: value for key, value in said.model_dump(exclude={"key"}).items() if value is not None} | more
        if "at" in args:
            args["at"] = microseconds(args["at"])
        done = await gateway.command(name, args, key=said.key or str(uuid4()))
        return json(render.record(shown, done))

    @routes.post("/api/batches", responses=shape(FoodBatch) | NOT_ALLOWED)
    async def open_batch(said: Opening) -> Response:
        return await say("batch_open", "batches", said)

    @routes.post("/api/batches/{batch}/marks", responses=shape(FoodBatch) | NOT_ALLOWED)
    async def mark(batch: str, said: Marking) -> Response:
        return await say("batch_mark", "batches", said, batch=batch)

    @routes.post("/api/batches/{batch}/close", responses=shape(FoodBatch) | NOT_ALLOWED)
    async def close(batch: str, said: Closing) -> Response:
        return await say("batch_close", "batches", said, batch=batch)

    @routes.post("/api/batches/{batch}/proposals/{kind}/accept", responses=shape(FoodBatch) | NOT_ALLOWED)
    async def accept(batch: str, kind: Kind, said: Accepting) -> Response:
        return await say("batch_accept", "batches", said, batch=batch, kind=kind)

    @routes.post("/api/batches/{batch}/proposals/{kind}/decline", responses=shape(FoodBatch) | NOT_ALLOWED)
    async def decline(batch: str, kind: Kind, said: Closing) -> Response:
        return await say("batch_decline", "batches", said, batch=batch, kind=kind)

    @routes.post("/api/typed-readings", responses=shape(TypedAnswer) | NOT_ALLOWED)
    async def type_reading(said: Typing) -> Response:
        return await say("typed_reading", "typed_answer", said)

    @routes.post("/api/plan/approval", responses=shape(Plan) | NOT_ALLOWED)
    async def approve(said: Approval) -> Response:
        return await say("approve_plan", "haccp", said)


def _said(told: Json) -> Json:
    return render.record("batches", told)


def _verdict(row: Json) -> Json:
    told = {key: value for key, value in row.items() if key != "body"}
    told |= msgspec.json.decode(row["body"])
    told["measures"] = {
        name: {"value": None, "unit": "min", "limit": None, "verdict": None, "gap_min": None, "low": None, "high": None}
        | measure
        for name, measure in told["measures"].items()
        if measure is not None
    }
    told |= told_reasons(reasons_of(msgspec.convert(told["reasons"], tuple[Why | str, ...])))
    told |= {"final": bool(row["final"]), "late": bool(row["late"])}
    told["notice"] = NOT_APPROVED if row["approved_by"] is None else None
    return render.record("verdicts", told)
