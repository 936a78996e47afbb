"""Check the parts of the file against each other: ids, references, limits, delivery (devices: device_checks.py).

The checks read the plain values, so that one wrong setting does not hide the next. A part that is missing or of the
wrong type is skipped here: the models report it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from drivers.reading import Quantity
from gateway.config.problems import ConfigFault, Path, listed, suggest
from gateway.haccp.limits.holding import DEW_POINT
from gateway.haccp.limits.kinds import POINT_KINDS
from gateway.haccp.rules.holding import Side

Raw = Mapping[str, Any]
Items = list[tuple[Path, Raw]]

# Lists whose ids must be unique, and what the ids name.
NAMED: dict[Path, str] = {
    ("kitchen", "people"): "person",
    ("devices",): "device",
    ("points",): "point",
    ("control_points",): "control point",
    ("stock", "items"): "item",
    ("stock", "stores"): "store",
    ("stock", "containers"): "container",
    ("stock", "suppliers"): "supplier",
    ("stock", "recipes"): "recipe",
    ("stock", "schools"): "school",
}
# Keys that name an entry of another list.
REFERENCES: list[tuple[Path, str, Path]] = [
    (("points",), "device", ("devices",)),
    (("control_points",), "point", ("points",)),
    (("stock", "scales"), "point", ("points",)),
    (("stock", "scales"), "item", ("stock", "items")),
    (("stock", "items"), "store", ("stock", "stores")),
]


def items(raw: Raw, path: Path) -> Items:
    """Return the sections of the list at `path`, each with its own path."""
    value: Any = raw
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    entries = value if isinstance(value, list) else []
    return [((*path, index), entry) for index, entry in enumerate(entries) if isinstance(entry, Mapping)]


def section(raw: Raw, *path: str) -> Raw:
    """Return the section at `path`; empty if it is absent."""
    value: Any = raw
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def number(entry: Raw, key: str) -> float | None:
    """Return a setting as a number; None if it is none."""
    value = entry.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def word(entry: Raw, key: str) -> str | None:
    """Return a setting as text; None if it is none."""
    value = entry.get(key)
    return value if isinstance(value, str) else None


def by_id(raw: Raw, path: Path) -> dict[str, Raw]:
    """Return the sections of a list by their ids."""
    return {name: entry for _, entry in items(raw, path) if (name := word(entry, "id"))}


def unique_ids(raw: Raw) -> Iterator[ConfigFault]:
    for path, noun in NAMED.items():
        seen: dict[str, Path] = {}
        for place, entry in items(raw, path):
            name = word(entry, "id")
            if name in seen:
                yield ConfigFault(
                    (*place, "id"), f'there are two {noun}s called "{name}"', "give one of them another id"
                )
            elif name:
                seen[name] = place


def references(raw: Raw) -> Iterator[ConfigFault]:
    for path, key, target in REFERENCES:
        names = sorted(by_id(raw, target))
        for place, entry in items(raw, path):
            name = word(entry, key)
            if name is not None and name not in names:
                otherwise = f"there are {listed(names)}" if names else f"add it to {'.'.join(map(str, target))}"
                what = f'no {NAMED[target]} is called "{name}"'
                yield ConfigFault((*place, key), what, suggest(name, names, otherwise=otherwise))


def reserved_ids(raw: Raw) -> Iterator[ConfigFault]:
    for place, device in items(raw, ("devices",)):
        if device.get("id") == "alarm":
            what = '"alarm" is the topic on which alarms are published'
            yield ConfigFault((*place, "id"), what, "give the device another id")


def ranges(raw: Raw) -> Iterator[ConfigFault]:
    for place, entry in items(raw, ("points",)):
        if (span := span_of(entry)) and not span[0] < span[1]:
            what = f"the lowest value {span[0]:g} is not below the highest {span[1]:g}"
            yield ConfigFault((*place, "range"), what, "write the lowest value first: [-40, 80]")


def span_of(point: Raw) -> tuple[float, float] | None:
    """Return a point's range; None if it has no usable one."""
    match point.get("range"):
        case [int() | float() as low, int() | float() as high]:
            return low, high
    return None


def limits(raw: Raw) -> Iterator[ConfigFault]:
    points = by_id(raw, ("points",))
    for place, control in items(raw, ("control_points",)):
        yield from _limit_order(place, control)
        yield from _limit_quantity(place, control, points.get(str(control.get("point")), {}))


def _limit_order(place: Path, control: Raw) -> Iterator[ConfigFault]:
    kind = str(control.get("kind"))
    if kind not in POINT_KINDS:
        return
    high_is_bad = POINT_KINDS[kind].danger is Side.ABOVE
    for ends, high in (("limit", high_is_bad), ("low", not high_is_bad)):
        critical, warning = number(control, f"critical_{ends}"), number(control, f"warning_{ends}")
        if critical is None or warning is None:
            continue
        if warning >= critical if high else warning <= critical:
            what = f"a warning at {warning:g} comes no earlier than the critical limit of {critical:g}"
            remedy = f"{kind.replace('_', ' ')}: write {'less' if high else 'more'} than {critical:g}"
            yield ConfigFault((*place, f"warning_{ends}"), what, remedy)


def _limit_quantity(place: Path, control: Raw, point: Raw) -> Iterator[ConfigFault]:
    quantity, kind = quantity_of(point), str(control.get("kind"))
    wanted = POINT_KINDS[kind].quantity if kind in POINT_KINDS else Quantity.TEMPERATURE
    if quantity not in {None, wanted}:
        judged = "humidity" if wanted is Quantity.HUMIDITY else "holding"
        what = f'"{point.get("id")}" measures {quantity}, and {judged} is judged by {wanted}'
        yield ConfigFault((*place, "point"), what, f"name a point of quantity {wanted}")


_NOT_OF_A_DEW_POINT = ("critical_low", "warning_low", "product_filter", "food")


def dew_points(raw: Raw) -> Iterator[ConfigFault]:
    """Check that a dew point has two points: a temperature and the humidity of the same air."""
    points = by_id(raw, ("points",))
    of_humidity = sorted(name for name, point in points.items() if quantity_of(point) is Quantity.HUMIDITY)
    for place, control in items(raw, ("control_points",)):
        is_dew, name = control.get("kind") == DEW_POINT.name, word(control, "humidity")
        here = (*place, "humidity")
        if not is_dew:
            if "humidity" in control:
                yield ConfigFault(here, "is of a dew_point alone", "take it out, or write kind: dew_point")
            continue
        if name is None:
            otherwise = f"name one of {listed(of_humidity)}" if of_humidity else "add a point of quantity humidity"
            yield ConfigFault(here, "a dew point needs the humidity of the air at its point", otherwise)
        elif name not in points:
            remedy = suggest(name, of_humidity, otherwise=f"there are {listed(of_humidity)}")
            yield ConfigFault(here, f'no point is called "{name}"', remedy)
        elif quantity_of(points[name]) not in {None, Quantity.HUMIDITY}:
            what = f'"{name}" measures {quantity_of(points[name])}, and a dew point is that of a humidity'
            yield ConfigFault(here, what, "name a point of quantity humidity")
        for key in _NOT_OF_A_DEW_POINT:
            if key in control:
                yield ConfigFault(
                    (*place, key), "says nothing of a dew point: only a low spread wets the store", "take it out"
                )


def uncertainties(raw: Raw) -> Iterator[ConfigFault]:
    """Refuse an uncertainty of anything but a temperature: it would silently do nothing."""
    for place, point in items(raw, ("points",)):
        quantity = quantity_of(point)
        if number(point, "uncertainty") and quantity not in {None, Quantity.TEMPERATURE}:
            what = f'"{point.get("id")}" measures {quantity}, and an uncertainty in K is one of temperatures'
            yield ConfigFault((*place, "uncertainty"), what, "take it out")


def quantity_of(point: Raw) -> Quantity | None:
    name = point.get("quantity")
    return next((quantity for quantity in Quantity if quantity == name), None)


def influxdb(raw: Raw) -> Iterator[ConfigFault]:
    path, sink = ("delivery", "influxdb"), section(raw, "delivery", "influxdb")
    v1, v2 = ("database", "username", "password_env", "password_file"), ("bucket", "org", "token_env", "token_file")
    required: tuple[str, ...]
    match sink.get("api"):
        case "v1":
            required, foreign, other = ("database",), v2, "v2"
        case "v2":
            required, foreign, other = ("bucket", "org"), v1, "v1"
        case _:
            return
    for key in required:
        if key not in sink:
            yield ConfigFault((*path, key), f"api {sink['api']} needs it", f'add "{key}: mbg" or the like')
    for key in foreign:
        if key in sink:
            yield ConfigFault((*path, key), f"belongs to api {other}", f"take it out, or write api: {other}")


def secrets(raw: Raw) -> Iterator[ConfigFault]:
    for path in (("mqtt",), ("delivery", "influxdb")):
        entry = section(raw, *path)
        for secret in ("password", "token"):
            if f"{secret}_env" in entry and f"{secret}_file" in entry:
                yield ConfigFault((*path, f"{secret}_env"), f"there is {secret}_file too", "keep one of them")
            if looks_secret(word(entry, f"{secret}_file") or ""):
                what, remedy = f"this looks like the {secret} itself", "put it into a file and write the file's name"
                yield ConfigFault((*path, f"{secret}_file"), what, remedy)


def looks_secret(name: str) -> bool:
    """Return whether a file name looks like a secret: InfluxDB's tokens are 88 characters of base64 and end with ==."""
    return name.endswith("=") or re.fullmatch(r"[A-Za-z0-9_-]{60,}", name) is not None


CHECKS = (unique_ids, references, reserved_ids, ranges, uncertainties, limits, dew_points, influxdb, secrets)
