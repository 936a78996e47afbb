"""What other software says of the stock: a weighing of a scale that it reads."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.kitchen import Name, Shape

Purpose = Literal["receive", "issue", "waste", "count"]
Weight = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]


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
