"""Everything that stock can be about: items, containers, stores, recipes, schools; of kitchen.yaml and added since."""

from collections.abc import Iterable

from gateway.config import Config, Recipe, School, StockItem, Store, Supplier
from gateway.messages import Text
from gateway.stock.ledger.movements import Place, kind_of, name_of
from gateway.stock.ledger.units import Measure
from gateway.stock.weighing.containers import Container

OWN_WORDS: dict[Place, Text] = {
    Place.SUPPLIER: {"id": "Pemasok", "en": "Supplier"},
    Place.RECEIVING: {"id": "Penerimaan", "en": "Receiving"},
    Place.STORES: {"id": "Gudang", "en": "Stores"},
    Place.KITCHEN: {"id": "Dapur", "en": "Kitchen"},
    Place.BATCH: {"id": "Batch", "en": "Batch"},
    Place.WASTE: {"id": "Dibuang", "en": "Waste"},
    Place.SCHOOL: {"id": "Sekolah", "en": "School"},
    Place.ADJUSTMENT: {"id": "Penyesuaian", "en": "Adjustment"},
}


class Catalogue:
    """Looked up by id; what kitchen.yaml says goes before what was added."""

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
        """GTIN → item, of what was scanned before anybody had said what it is."""
        self.accepts_expired = stock.expired == "accept"

    def store_of(self, item: str) -> str:
        """Where an item lies, as a place."""
        known = self.items.get(item)
        return Place.STORES.of(known.store if known is not None else None)

    def measure(self, item: str) -> Measure:
        known = self.items.get(item)
        return Measure() if known is None else Measure(known.density, known.piece)

    def by_barcode(self, gtin: str) -> StockItem | None:
        """The item that a GTIN of 14 digits stands for."""
        for item in self.items.values():
            if gtin in {code.zfill(14) for code in item.barcodes}:
                return item
        return None

    def add(self, item: StockItem) -> None:
        """Take an item, or take it anew; what was learned of its barcodes stays."""
        self.items[item.id] = item
        for gtin, known in list(self.learned.items()):
            if known == item.id:
                self.learn(gtin, known)

    def learn(self, gtin: str, item: str) -> StockItem | None:
        """Have a GTIN of 14 digits stand for an item from now on, unless kitchen.yaml or a list says otherwise.

        Returns:
            the other item that has it.
        """
        known = self.by_barcode(gtin)
        if known is not None and known.id != item:
            if self.learned.get(gtin) != known.id:
                return known
            rest = tuple(code for code in known.barcodes if code != gtin)
            self.items[known.id] = known.model_copy(update={"barcodes": rest})
        if known is None or known.id != item:
            mine = self.items[item]
            self.items[item] = mine.model_copy(update={"barcodes": (*mine.barcodes, gtin)})
            self.learned[gtin] = item
        return None

    def name_of(self, item: str) -> Text:
        known = self.items.get(item)
        return {"id": item, "en": item} if known is None else known.name

    def place_name(self, place: str) -> Text:
        """What people call a place."""
        kind, name = kind_of(place), name_of(place)
        if name is None:
            return OWN_WORDS[kind]
        if kind is Place.STORES and name in self.stores:
            return self.stores[name].name
        if kind is Place.SCHOOL and name in self.schools:
            return self.schools[name].name
        return {language: f"{word} {name}" for language, word in OWN_WORDS[kind].items()}
