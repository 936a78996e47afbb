"""What the API's JSON says of the stock. Weights are kilograms as decimal text; `shown` is in the item's own unit."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from api.schemas.kitchen import Answer, Shape, Text

Freshness = Literal["fresh", "expiring", "expired", "undated"]
MovementKind = Literal[
    "receipt", "put_away", "issue", "waste", "delivery", "transfer", "opening", "adjustment", "reversal"
]
Purpose = Literal["receive", "issue", "waste", "count"]


class LotAtPlace(Shape):
    """What of a lot lies at a place; `days_left` until its last good day."""

    lot: str
    item: str
    number: str | None
    supplier: str | None
    receipt: str | None
    received_at: AwareDatetime
    expires_on: date | None
    days_left: int | None
    freshness: Freshness
    place: str
    quantity: str


class Cover(Shape):
    """Days until what is available is used up, with the interval that holds it in `level` of 100 cases."""

    days: float
    low: float
    high: float
    level: int
    history_days: int


class StockLevel(Shape):
    """What is on hand of an item, how long it lasts, and what its scales show."""

    item: str
    name: Text
    unit: str
    on_hand: str | None
    shown: str | None = None
    weight: str | None
    stable: bool | None
    drift: str | None = None
    state: Literal["ok", "unknown"]
    scales: list[str] = Field(default=[])
    batch: str | None = Field(default=None, description="for which its scale books what is taken")
    updated_at: AwareDatetime | None
    reserved: str | None = Field(default=None, description="what open batches still need by their recipe")
    available: str | None = None
    used_today: str | None = None
    cover: Cover | None = None
    reorder_point: str | None = None
    order: str | None = Field(default=None, description="how much to order now")
    low: bool = False
    lots: int = 0
    soonest: list[LotAtPlace] = Field(default=[], description="which to use first")


class Bench(Shape):
    """A scale on which people weigh: what it shows, and what it waits for."""

    scale: str
    uses: list[Purpose]
    weight: str | None
    stable: bool | None
    fault: str | None
    tare: str | None
    untaken: str
    waiting_for: Literal["signal", "fault", "still", "item", "load", "next", "nothing"]
    since: AwareDatetime | None
    session: str | None
    updated_at: AwareDatetime | None


class WeighedLoad(Shape):
    """One load of a session; `keys` are the movements that it became."""

    at: AwareDatetime
    gross: str
    tare: str
    net: str
    container: str | None
    while_offline: bool
    keys: list[str]
    undone: bool


class CoreCheck(Shape):
    """The core temperature of a delivery against its limit, °C."""

    verdict: Literal["pass", "warning", "fail", "not_measured", "not_asked"]
    value: float | None
    limit: float | None
    source: str | None


class Session(Shape):
    """Something that is being weighed, or was."""

    id: str
    purpose: Purpose
    state: Literal["open", "closed", "cancelled"]
    who: str
    opened_at: AwareDatetime
    item: str | None
    name: Text | None
    place: str
    scale: str | None
    lot: str | None
    number: str | None
    expires_on: date | None
    batch: str | None
    reason: str | None
    supplier: str | None
    delivery_note: str | None
    expected: str | None
    tolerance: str | None
    missing: str | None
    container: str | None
    standing: str | None
    photo: str | None
    note: str | None
    expired: bool
    taken: list[WeighedLoad]
    total: str
    problem: str | None
    closed_at: AwareDatetime | None
    closed_by: str | None
    cancelled: bool
    temperature: CoreCheck | None
    arrived: Literal["as_expected", "short", "over", "nothing_expected"] | None
    decision: Literal["accepted", "rejected"] | None
    refused: bool


class Need(Shape):
    """An item that a batch needs by its recipe, and what of it is still missing."""

    item: str
    needed: str
    missing: str


class StockPlan(Shape):
    """What an open batch of food was told to need."""

    batch: str
    recipe: str
    portions: int
    delivered: int
    at: AwareDatetime
    needs: list[Need]


class StockAnswer(Answer):
    """GET /api/stock."""

    stock: list[StockLevel]
    benches: list[Bench]
    sessions: list[Session] = Field(description="those that are open")
    plans: list[StockPlan] | None


class Movement(Shape):
    """Goods that went from one place to another."""

    id: str
    kind: MovementKind
    item: str
    lot: str = ""
    quantity: str
    source: str | None = None
    destination: str | None = None
    before: str | None
    after: str | None
    gross: str | None = None
    tare: str | None
    container: str | None = None
    scale: str | None
    at: AwareDatetime
    recorded_at: AwareDatetime
    while_offline: bool
    entry: Literal["scale", "typed", "posted", "books"] = "scale"
    who: str | None = None
    reason: str | None = None
    note: str | None = None
    session: str | None = None
    reverses: str | None = None


class MovementsAnswer(Shape):
    """GET /api/stock/movements, newest first; `next` is the `before` of the next page, null at the end."""

    movements: list[Movement]
    next: int | None


class Item(Shape):
    """Something that is kept; `planned` says that it stands in kitchen.yaml."""

    id: str
    name: Text
    unit: str
    density: str | None
    piece: str | None
    barcodes: list[str]
    store: str | None
    storage: str | None
    lead_days: int
    reorder_point: str | None
    expiring_days: int
    planned: bool


class Store(Shape):
    """Where goods lie, and the points that measure its air."""

    id: str
    name: Text
    points: list[str]


class Container(Shape):
    """Something that goods are weighed in."""

    id: str
    name: Text
    tare: str
    weighed_at: AwareDatetime | None = None


class Recipe(Shape):
    """Grams of each item in one portion."""

    id: str
    name: Text
    ingredients: dict[str, str]


class School(Shape):
    """Who eats it."""

    id: str
    name: Text
    portions: int | None


class Supplier(Shape):
    """Who delivers."""

    id: str
    name: str


class Catalogue(Shape):
    """What does not change by itself."""

    items: list[Item]
    stores: list[Store]
    containers: list[Container]
    recipes: list[Recipe]
    schools: list[School]
    suppliers: list[Supplier]


class CatalogueAnswer(Answer):
    """GET /api/catalogue."""

    catalogue: Catalogue | None
