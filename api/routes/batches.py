"""Batches of food: GET and POST /api/batches, their marks, verdicts and typed readings; the plan's approval."""

from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from msgspec.structs import asdict
from pydantic import AwareDatetime

from api.errors import NotFoundError
from api.history.journal import LAST, PAGE, JournalReader, following
from api.live.board import Live
from api.live.gateway_client import GatewayClient
from api.routes.answers import NOT_ALLOWED, json, ready, shape
from api.schemas.batches import Accepting, Approval, Closing, Marking, Opening, Said, Typing
from api.schemas.food import (
    BatchesAnswer,
    NumberedTyped,
    PastBatch,
    PastBatchesAnswer,
    TypedReadingsAnswer,
    VerdictsAnswer,
)
from api.times import microseconds
from gateway.monitoring.batches.records import batch_of, typed_of
from gateway.monitoring.batches.snapshot import BatchNow, PlanNow, TypedOfBatch, batch_record, verdict_record
from gateway.monitoring.batches.typed_points import TypedOfPoint

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
    @routes.get("/api/batches", responses=shape(BatchesAnswer, PastBatchesAnswer))
    async def batches(
        state: Literal["running", "all"] = "running", limit: Limit = 100, before: Earlier = None
    ) -> Response:
        if state == "running":
            return ready(live.view("batches"))
        until = LAST if before is None else microseconds(before)
        return json(await run_in_threadpool(_past_batches, journal, before=until, limit=limit))

    @routes.get("/api/batches/{batch}", responses=shape(BatchNow, PastBatch))
    async def batch(batch: str) -> Response:
        running = next((each for each in live.get("batches") if each["id"] == batch), None)
        return json(running or await run_in_threadpool(_past_batch, journal, batch))

    @routes.get("/api/verdicts", responses=shape(VerdictsAnswer))
    async def verdicts(batch: str | None = None, limit: Limit = 100, before: Before = LAST) -> Response:
        return json(await run_in_threadpool(_verdicts, journal, batch, before=before, limit=limit))

    @routes.get("/api/typed-readings", responses=shape(TypedReadingsAnswer))
    async def typed(
        batch: str | None = None, point: str | None = None, limit: Limit = 100, before: Before = LAST
    ) -> Response:
        rows = await run_in_threadpool(journal.rows, "typed", batch=batch, point=point, before=before, limit=limit)
        readings = [NumberedTyped.of(typed_of(row[1:]), number=row[0], source="typed") for row in rows]
        return json(TypedReadingsAnswer(typed=readings, next=following(rows, limit)))


def _past_batches(journal: JournalReader, *, before: int, limit: int) -> PastBatchesAnswer:
    batches = [batch_record(batch_of(body)) for (body,) in journal.rows("batches", before=before, limit=limit)]
    return PastBatchesAnswer(batches=batches, next=batches[-1].opened_at if len(batches) == limit else None)


def _past_batch(journal: JournalReader, name: str) -> PastBatch:
    """A batch of the journal, and of each control the newest verdict."""
    bodies = journal.rows("batch", batch=name)
    if not bodies:
        raise NotFoundError(f"There is no batch {name}.", error="unknown_batch")
    verdicts = _verdicts(journal, name, before=LAST, limit=PAGE).verdicts
    standing = {(verdict.control, verdict.source): verdict for verdict in reversed(verdicts)}
    return PastBatch(**asdict(batch_record(batch_of(bodies[0][0]))), verdicts=list(standing.values()))


def _verdicts(journal: JournalReader, batch: str | None, *, before: int, limit: int) -> VerdictsAnswer:
    rows = journal.rows("verdicts", batch=batch, before=before, limit=limit)
    return VerdictsAnswer(verdicts=[verdict_record(row) for row in rows], next=following(rows, limit))


def _saying(routes: APIRouter, gateway: GatewayClient) -> None:
    async def say(name: str, said: Said, **more: object) -> Response:
        args = said.model_dump(mode="json", exclude={"key"}, exclude_none=True) | more
        return json(await gateway.command(name, args, key=said.key or str(uuid4())))

    @routes.post("/api/batches", responses=shape(BatchNow) | NOT_ALLOWED)
    async def open_batch(said: Opening) -> Response:
        return await say("batch_open", said)

    @routes.post("/api/batches/{batch}/marks", responses=shape(BatchNow) | NOT_ALLOWED)
    async def mark(batch: str, said: Marking) -> Response:
        return await say("batch_mark", said, batch=batch)

    @routes.post("/api/batches/{batch}/close", responses=shape(BatchNow) | NOT_ALLOWED)
    async def close(batch: str, said: Closing) -> Response:
        return await say("batch_close", said, batch=batch)

    @routes.post("/api/batches/{batch}/proposals/{kind}/accept", responses=shape(BatchNow) | NOT_ALLOWED)
    async def accept(batch: str, kind: Kind, said: Accepting) -> Response:
        return await say("batch_accept", said, batch=batch, kind=kind)

    @routes.post("/api/batches/{batch}/proposals/{kind}/decline", responses=shape(BatchNow) | NOT_ALLOWED)
    async def decline(batch: str, kind: Kind, said: Closing) -> Response:
        return await say("batch_decline", said, batch=batch, kind=kind)

    @routes.post("/api/typed-readings", responses=shape(TypedOfBatch, TypedOfPoint) | NOT_ALLOWED)
    async def type_reading(said: Typing) -> Response:
        return await say("typed_reading", said)

    @routes.post("/api/plan/approval", responses=shape(PlanNow) | NOT_ALLOWED)
    async def approve(said: Approval) -> Response:
        return await say("approve_plan", said)
