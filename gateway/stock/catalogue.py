"""Look up items, containers, stores, recipes, schools and suppliers: those of kitchen.yaml, and those added since."""

from collections.abc import Iterable

from gateway.config import Config, Recipe, School, StockItem, Store, Supplier
from gateway.messages import Text
from gateway.stock.ledger.movements import Place
from gateway.stock.ledger.units import UnitOfMeasure
from gateway.stock.weighing.containers import Container


class Catalogue:
    """Look up by id; entries of kitchen.yaml take precedence over added ones."""

    def __init__(self, config: Config, items: Iterable[StockItem] = (), containers: Iterable[Container] = ()) -> None:
        stock = config.stock
        self.planned = {item.id for item in stock.items}
        self.items: dict[str, StockItem] = {item.id: item for item in (*items, *stock.items)}
        self.containers: dict[str, Container] = {
            each.id: Container(id=each.id, name=each.name, tare=each.tare) for each in stock.containers
        } | {each.id: each for each in containers}
        self.stores: dict[str, Store] = {store.id: store for store in stock.stores}
        self.recipes: dict[str, Recipe] = {recipe.id: recipe for recipe in stock.recipes}
        self.schools: dict[str, School] = {school.id: school for school in stock.schools}
        self.suppliers: dict[str, Supplier] = {supplier.id: supplier for supplier in stock.suppliers}
        self.learned: dict[str, str] = {}
        """GTIN → item, for barcodes that a person has assigned to an item."""
        self.accepts_expired = stock.expired == "accept"

    def store_of(self, item: str) -> str:
        """Return the place where an item is kept."""
        settings = self.items.get(item)
        return Place.STORES.of(settings.store if settings is not None else None)

    def measure(self, item: str) -> UnitOfMeasure:
        """Return the factors by which an item's quantities are converted to kilograms."""
        settings = self.items.get(item)
        return UnitOfMeasure() if settings is None else UnitOfMeasure(settings.density, settings.piece)

    def by_barcode(self, gtin: str) -> StockItem | None:
        """Return the item of a GTIN with 14 digits."""
        for item in self.items.values():
            if gtin in {code.zfill(14) for code in item.barcodes}:
                return item
        return None

    def add(self, item: StockItem) -> None:
        """Add or replace an item; barcodes that people assigned to it stay."""
        self.items[item.id] = item
        for gtin, of_item in list(self.learned.items()):
            if of_item == item.id:
                self.learn(gtin, of_item)

    def learn(self, gtin: str, item: str) -> StockItem | None:
        """Assign a GTIN of 14 digits to an item, unless kitchen.yaml or a list assigns it to another one.

        Returns:
            that other item.
        """
        owner = self.by_barcode(gtin)
        if owner is not None and owner.id == item:
            return None
        if owner is not None:
            if self.learned.get(gtin) != owner.id:
                return owner
            rest = tuple(code for code in owner.barcodes if code != gtin)
            self.items[owner.id] = owner.model_copy(update={"barcodes": rest})
        settings = self.items[item]
        self.items[item] = settings.model_copy(update={"barcodes": (*settings.barcodes, gtin)})
        self.learned[gtin] = item
        return None

    def name_of(self, item: str) -> Text:
        """Return the name of an item in each language; its id if it is unknown."""
        settings = self.items.get(item)
        return {"id": item, "en": item} if settings is None else settings.name
