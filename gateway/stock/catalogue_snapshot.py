"""The catalogue as people are told it: items, stores, containers, recipes, schools, suppliers."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from gateway.config import StockItem
from gateway.config.stock import Storage, Unit
from gateway.messages.words import TextShape
from gateway.records.shape import Moment, Shape
from gateway.stock.catalogue import Catalogue


class ItemNow(Shape, frozen=True):
    """Something that is kept."""

    id: str
    name: TextShape
    unit: Unit
    density: Annotated[Decimal | None, Meta(description="kg/L")]
    piece: Annotated[Decimal | None, Meta(description="kg of one")]
    barcodes: tuple[str, ...]
    store: str | None
    storage: Storage | None
    lead_days: int
    reorder_point: Annotated[Decimal | None, Meta(description="kg")]
    expiring_days: int
    planned: Annotated[bool, Meta(description="it stands in kitchen.yaml")]


class StoreNow(Shape, frozen=True):
    """Where goods lie, and the points that measure its air."""

    id: str
    name: TextShape
    points: tuple[str, ...]


class ContainerNow(Shape, frozen=True):
    """Something that goods are weighed in."""

    id: str
    name: TextShape
    tare: Annotated[Decimal, Meta(description="kg")]
    weighed_at: Annotated[Moment | None, Meta(description="null: as kitchen.yaml says")]


class RecipeNow(Shape, frozen=True):
    """Grams of each item in one portion."""

    id: str
    name: TextShape
    ingredients: dict[str, Decimal]


class SchoolNow(Shape, frozen=True):
    """Who eats it; `portions` is how many it usually gets."""

    id: str
    name: TextShape
    portions: int | None


class SupplierNow(Shape, frozen=True):
    """Who delivers."""

    id: str
    name: str


class CatalogueNow(Shape, frozen=True):
    """What of the stock does not change by itself."""

    items: list[ItemNow]
    stores: list[StoreNow]
    containers: list[ContainerNow]
    recipes: list[RecipeNow]
    schools: list[SchoolNow]
    suppliers: list[SupplierNow]


class ScannedCode(Shape, frozen=True):
    """What a barcode says, and which item it is."""

    item: str | None
    gtin: str | None
    number: Annotated[str | None, Meta(description="the supplier's lot")]
    expires_on: date | None
    weight: Annotated[Decimal | None, Meta(description="kg")]


class ItemsTaken(Shape, frozen=True):
    """The items that a file brought."""

    items: list[str]


def catalogue_now(catalogue: Catalogue) -> CatalogueNow:
    return CatalogueNow(
        items=[item_now(item, catalogue) for item in catalogue.items.values()],
        stores=[StoreNow.of(store) for store in catalogue.stores.values()],
        containers=[ContainerNow.of(container) for container in catalogue.containers.values()],
        recipes=[RecipeNow.of(recipe) for recipe in catalogue.recipes.values()],
        schools=[SchoolNow.of(school) for school in catalogue.schools.values()],
        suppliers=[SupplierNow.of(supplier) for supplier in catalogue.suppliers.values()],
    )


def item_now(item: StockItem, catalogue: Catalogue) -> ItemNow:
    return ItemNow.of(item, planned=item.id in catalogue.planned)
