"""Check the parts of the section `stock` against each other and against the points."""

from collections.abc import Iterator, Mapping

from drivers.reading import Quantity
from gateway.config.checks import Raw, by_id, items, quantity_of, word
from gateway.config.problems import ConfigFault, listed, suggest

NEEDS = {"L": "density", "mL": "density", "pcs": "piece"}
MEANS = {"density": "kilograms in a litre, such as density: 0.92", "piece": "kilograms of one, such as piece: 0.06"}


def scales(raw: Raw) -> Iterator[ConfigFault]:
    points = by_id(raw, ("points",))
    seen: set[str] = set()
    for place, scale in items(raw, ("stock", "scales")):
        name = word(scale, "point") or ""
        quantity = quantity_of(points.get(name, {}))
        if quantity not in {None, Quantity.WEIGHT}:
            yield ConfigFault((*place, "point"), f'"{name}" measures {quantity}', "name a point of quantity weight")
        if name in seen:
            yield ConfigFault((*place, "point"), f'"{name}" weighs two items', "give each scale one item")
        seen.add(name)
        if "item" in scale and "uses" in scale:
            what = "a scale under one item has no other use"
            yield ConfigFault((*place, "uses"), what, "take the line out, or the item")


def units(raw: Raw) -> Iterator[ConfigFault]:
    for place, item in items(raw, ("stock", "items")):
        unit = word(item, "unit") or "kg"
        needed = NEEDS.get(unit)
        if needed is not None and needed not in item:
            yield ConfigFault((*place, "unit"), f"{unit} cannot be weighed without a {needed}", f"add {MEANS[needed]}")


def barcodes(raw: Raw) -> Iterator[ConfigFault]:
    seen: dict[str, str | None] = {}
    for place, item in items(raw, ("stock", "items")):
        codes = item.get("barcodes")
        for index, code in enumerate(codes if isinstance(codes, list) else ()):
            if isinstance(code, str) and code in seen:
                what = f'"{seen[code]}" has the barcode {code} already'
                yield ConfigFault((*place, "barcodes", index), what, "give each item its own")
            elif isinstance(code, str):
                seen[code] = word(item, "id")


def stores(raw: Raw) -> Iterator[ConfigFault]:
    points = sorted(by_id(raw, ("points",)))
    for place, store in items(raw, ("stock", "stores")):
        names = store.get("points")
        for index, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in points:
                remedy = suggest(name, points, otherwise=f"there are {listed(points)}")
                yield ConfigFault((*place, "points", index), f'no point is called "{name}"', remedy)


def recipes(raw: Raw) -> Iterator[ConfigFault]:
    item_ids = sorted(by_id(raw, ("stock", "items")))
    for place, recipe in items(raw, ("stock", "recipes")):
        ingredients = recipe.get("ingredients")
        for name in ingredients if isinstance(ingredients, Mapping) else ():
            if isinstance(name, str) and name not in item_ids:
                remedy = suggest(
                    name, item_ids, otherwise=f"there are {listed(item_ids)}" if item_ids else "add it to items"
                )
                yield ConfigFault((*place, "ingredients", name), f'no item is called "{name}"', remedy)


STOCK_CHECKS = (scales, units, barcodes, stores, recipes)
