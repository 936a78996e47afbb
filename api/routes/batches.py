"""Batches of food: GET /api/batches, their verdicts and typed readings."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from msgspec.structs import asdict
from pydantic import AwareDatetime

from api.errors import NotFoundError
from api.history.journal import LAST, PAGE, JournalReader, following
from api.live.board import Live
from api.routes.answers import json, ready, shape
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
from gateway.monitoring.batches.snapshot import BatchNow, batch_record, verdict_record

Limit = Annotated[int, Query(ge=1, le=PAGE)]
Before = Annotated[int, Query(description="`next` of the page before")]
Earlier = Annotated[AwareDatetime | None, Query(description="`next` of the page before")]


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes: what runs from the live state, what was from the journal."""
    routes = APIRouter()

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

    return routes


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
