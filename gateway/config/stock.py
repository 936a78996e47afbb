"""The section `stock` of kitchen.yaml: items, scales, stores, containers, suppliers, recipes and schools."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.section import Section
from gateway.config.values import Exact, Id, Name, Whole, Words


class Storage(StrEnum):
    """Name how a delivery must be kept, as the storage tables of Indonesian kitchens group it."""

    MEAT = "meat"
    FISH = "fish"
    DAIRY = "dairy"
    PRODUCE = "produce"
    FROZEN = "frozen"
    HOT = "hot"
    DRY = "dry"


# A 30 kg bench scale reads 0.01 kg; less than 0.2 kg is a hand on the plate, not a movement of stock.
DIVISION = Decimal("0.01")
SMALLEST_MOVEMENT = Decimal("0.2")
# Fresh goods are bought the day before they are cooked.
LEAD_DAYS = 1
# Today's and tomorrow's menu are fixed; the day after can still use what would go bad.
EXPIRING_DAYS = 2

Positive = Annotated[Exact, Field(gt=0)]
Purposes = Literal["receive", "issue", "waste", "count"]
Unit = Literal["kg", "g", "L", "mL", "pcs"]


class StockItem(Section):
    """Define an item of stock. The ledger keeps kilograms; `unit` is the one that people see."""

    id: Id
    name: Name
    unit: Unit = "kg"
    density: Positive | None = None
    piece: Positive | None = None
    barcodes: tuple[Words, ...] = ()
    store: Id | None = None
    storage: Storage | None = None
    lead_days: Annotated[Whole, Field(ge=0, le=30)] = LEAD_DAYS
    reorder_point: Positive | None = None
    expiring_days: Annotated[Whole, Field(ge=0, le=365)] = EXPIRING_DAYS


class StockScale(Section):
    """Define a scale. With an item every change of weight moves stock; without one it is a bench for any item.

    `uses`: what a bench may be taken for; without any, for all.
    """

    point: Id
    item: Id | None = None
    division: Positive = DIVISION
    minimum: Positive = SMALLEST_MOVEMENT
    capacity: Positive | None = None
    uses: tuple[Purposes, ...] = ()


class Store(Section):
    """Define a store, and the points that measure its air."""

    id: Id
    name: Name
    points: tuple[Id, ...] = ()


class StockContainer(Section):
    """Define a container that goods are weighed in; its weight in kg."""

    id: Id
    name: Name
    tare: Annotated[Exact, Field(gt=0)]


class Recipe(Section):
    """Define a recipe: grams of each item in one portion."""

    id: Id
    name: Name
    ingredients: Annotated[dict[Id, Positive], Field(min_length=1)]


class School(Section):
    """Define a school; `portions` is how many it usually gets."""

    id: Id
    name: Name
    portions: Annotated[Whole, Field(ge=0)] | None = None


class Supplier(Section):
    """Define a supplier; others may be typed by name."""

    id: Id
    name: Words


class Stock(Section):
    """Define the stock of the kitchen."""

    items: tuple[StockItem, ...] = ()
    scales: tuple[StockScale, ...] = ()
    stores: tuple[Store, ...] = ()
    containers: tuple[StockContainer, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    recipes: tuple[Recipe, ...] = ()
    schools: tuple[School, ...] = ()
    expired: Literal["refuse", "accept"] = "refuse"
