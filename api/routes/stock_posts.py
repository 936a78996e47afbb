"""POST /api/stock/weighings, for scales that other software reads, and POST /api/stock/items, a spreadsheet's list."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Body, Query, Response

from api.errors import BadRequestError
from api.live.gateway_client import GatewayClient
from api.routes.answers import QUESTION, json, shape
from api.schemas.kitchen import Name
from api.schemas.stock_books import Weighed
from gateway.stock.catalogue_snapshot import ItemsTaken
from gateway.stock.records import ClosedSession, SessionRecord

Csv = Annotated[bytes, Body(media_type="text/csv", max_length=200_000)]


def router(gateway: GatewayClient) -> APIRouter:
    """Routes to the gateway."""
    routes = APIRouter()

    @routes.post("/api/stock/weighings", responses=shape(SessionRecord, ClosedSession) | QUESTION)
    async def weighing(said: Weighed) -> Response:
        args = said.model_dump(mode="json", exclude={"key"}, exclude_none=True)
        return json(await gateway.command("stock_weighing", args, key=said.key))

    @routes.post("/api/stock/items", responses=shape(ItemsTaken))
    async def items(csv: Csv, who: Annotated[Name, Query()], key: Annotated[Name | None, Query()] = None) -> Response:
        try:
            text = csv.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadRequestError("The file is not UTF-8: save it as CSV UTF-8 and send it again.") from None
        return json(await gateway.command("stock_items", {"csv": text, "who": who}, key=key or str(uuid4())))

    return routes
