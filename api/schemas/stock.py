"""The answers about the stock. Weights are kilograms as decimal text."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from api.schemas.answers import Answer
from gateway.records.shape import Moment, Shape
from gateway.stock.catalogue_snapshot import CatalogueNow
from gateway.stock.records import MovementRecords, SessionRecord
from gateway.stock.reports.shrinkage import ShrinkageRow
from gateway.stock.snapshot import BenchNow, LotNow, StockNow, StockPlanNow


class StockAnswer(Answer, frozen=True):
    """GET /api/stock."""

    stock: list[StockNow]
    benches: list[BenchNow]
    sessions: Annotated[list[SessionRecord], Meta(description="those that are open")]
    plans: list[StockPlanNow]


class CatalogueAnswer(Answer, frozen=True):
    """GET /api/catalogue."""

    catalogue: CatalogueNow


class MovementsAnswer(MovementRecords, frozen=True):
    """GET /api/stock/movements, newest first; `next` is the `before` of the next page, null at the end."""

    next: int | None


class LotsAnswer(Shape, frozen=True):
    """GET /api/stock/lots: by item, in the order in which they should be used."""

    lots: list[LotNow]


class HeldLot(Shape, frozen=True):
    """What of a lot lies at a place; suppliers and adjustments owe."""

    item: str
    lot: str
    quantity: Decimal


class PlaceNow(Shape, frozen=True):
    """A place and everything at it."""

    place: str
    holds: list[HeldLot]


class PlacesAnswer(Shape, frozen=True):
    """GET /api/stock/places: the sum over all of them is zero for every lot."""

    places: list[PlaceNow]


class SessionsAnswer(Shape, frozen=True):
    """GET /api/stock/sessions, newest first; `next` is the `before` of the next page, null at the end."""

    sessions: list[SessionRecord]
    next: str | None


class LotInStore(Shape, frozen=True):
    """What of a lot stood in a store during the span."""

    at_start: Decimal
    arrived: Decimal
    left: Decimal
    exposed: Decimal


class BatchShare(Shape, frozen=True):
    """What of a lot went into a batch of food."""

    batch: str
    quantity: Decimal


class PlaceShare(Shape, frozen=True):
    """Where what is left of a lot lies now."""

    place: str
    quantity: Decimal


class TracedLot(Shape, frozen=True):
    """A lot, how it came and where it went."""

    id: str
    item: str
    number: str | None
    expires_on: date | None
    supplier: str | None
    receipt: str | None
    received_at: Moment
    received: Decimal
    stood: LotInStore | None
    batches: list[BatchShare]
    wasted: Decimal
    held: list[PlaceShare]


class SchoolDelivery(Shape, frozen=True):
    """What of a batch went to a school."""

    school: str
    portions: int
    at: Moment
    who: str


class TracedFood(Shape, frozen=True):
    """A batch of food and the schools that got it."""

    batch: str
    product: str | None
    recipe: str | None
    portions: int | None
    schools: list[SchoolDelivery]


class SchoolPortions(Shape, frozen=True):
    """All portions of a school."""

    school: str
    portions: int


class Trace(Shape, frozen=True):
    """Lots, the batches they went into, and who ate those."""

    lots: list[TracedLot]
    exposed: Annotated[
        Decimal | None, Meta(description="kg that stood in the store during the span, all lots together")
    ]
    batches: list[TracedFood]
    schools: list[SchoolPortions]
    portions: int


class TraceAnswer(Trace, frozen=True):
    """GET /api/stock/trace; the place and the span where it was asked by one."""

    place: str | None
    start: Moment | None
    end: Moment | None


class ShrinkageAnswer(Shape, frozen=True):
    """GET /api/stock/shrinkage, newest week first."""

    rows: list[ShrinkageRow]
