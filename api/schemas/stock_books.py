"""What the API's JSON says of the ledger: lots, places, receipts, traces, shrinkage. Kilograms are decimal text."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.kitchen import Name, Shape
from api.schemas.stock import LotAtPlace, Session

Purpose = Literal["receive", "issue", "waste", "count"]
Weight = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]


class LotsAnswer(Shape):
    """GET /api/stock/lots: by item, in the order in which they should be used."""

    lots: list[LotAtPlace]


class AtPlace(Shape):
    """What of a lot lies at a place, kg; suppliers and adjustments owe."""

    item: str
    lot: str
    quantity: str


class PlaceNow(Shape):
    """A place and everything at it."""

    place: str
    holds: list[AtPlace]


class PlacesAnswer(Shape):
    """GET /api/stock/places: the sum over all of them is zero for every lot."""

    places: list[PlaceNow]


class SessionsAnswer(Shape):
    """GET /api/stock/sessions, newest first; `next` is the `before` of the next page, null at the end."""

    sessions: list[Session]
    next: str | None


class Weighed(Shape):
    """POST /api/stock/weighings: a weighing of a scale that other software reads; booked at once."""

    who: Name
    purpose: Purpose
    item: Name | None = None
    code: Name | None = Field(default=None, description="a barcode in place of the item, with lot and date")
    gross: Weight | None = Field(default=None, description="kg")
    tare: Weight | None = Field(default=None, description="kg")
    quantity: Weight | None = Field(default=None, description="net, in `unit`")
    unit: Literal["kg", "g", "L", "mL", "pcs"] | None = None
    container: Name | None = None
    scale: Name | None = Field(default=None, description="what the other software calls it")
    lot: Name | None = None
    number: Name | None = Field(default=None, description="the supplier's lot")
    expires_on: date | None = None
    supplier: Name | None = None
    delivery_note: Name | None = None
    batch: Name | None = None
    store: Name | None = None
    reason: Name | None = None
    temperature: float | None = None
    decision: Literal["accepted", "rejected"] | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None
    key: Name = Field(description="of your choosing, unique: sent again, it is booked once")


class ItemsTaken(Shape):
    """POST /api/stock/items."""

    items: list[str]


class TracedStood(Shape):
    """What of a lot stood there during the span."""

    at_start: str
    arrived: str
    left: str
    exposed: str


class TracedBatch(Shape):
    """What of a lot went into a batch."""

    batch: str
    quantity: str


class TracedPlace(Shape):
    """Where what is left of a lot lies now."""

    place: str
    quantity: str


class TracedLot(Shape):
    """A lot, how it came and where it went."""

    id: str
    item: str
    number: str | None
    expires_on: date | None
    supplier: str | None
    receipt: str | None
    received_at: AwareDatetime
    received: str
    stood: TracedStood | None
    batches: list[TracedBatch]
    wasted: str
    held: list[TracedPlace]


class TracedDelivery(Shape):
    """What of a batch went to a school."""

    school: str
    portions: int
    at: AwareDatetime
    who: str


class TracedFood(Shape):
    """A batch of food and the schools that got it."""

    batch: str
    product: str | None
    recipe: str | None
    portions: int | None
    schools: list[TracedDelivery]


class TracedSchool(Shape):
    """All portions of a school."""

    school: str
    portions: int


class TraceAnswer(Shape):
    """GET /api/stock/trace. `exposed`: kg that stood in the store during the span, all lots together."""

    place: str | None
    start: AwareDatetime | None
    end: AwareDatetime | None
    lots: list[TracedLot]
    exposed: str | None
    batches: list[TracedFood]
    schools: list[TracedSchool]
    portions: int


class ShrinkageRow(Shape):
    """An item's week. unexplained = weighed + wasted + adjusted - expected; `share` of what was expected."""

    item: str
    week: str
    expected: str
    weighed: str
    without_recipe: str
    wasted: str
    adjusted: str
    unexplained: str
    share: float | None


class ShrinkageAnswer(Shape):
    """GET /api/stock/shrinkage, newest week first."""

    rows: list[ShrinkageRow]
