"""Resolve a SenML pack with every label, and explain records that are wrong (RFC 8428 §4, §5).

A pack is refused when it is not a JSON array of records in UTF-8, is nested deeper than 8 levels, has a label that must
be understood (`…_`), another version, or base values that cannot be read. A single bad record is named, and the other
records stay good. Its base fields stay in force, since the device meant them for the following records.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.json_text import load_json, repeated_keys
from drivers.values.numbers import LARGEST_NUMBER

VERSION = 10  # of RFC 8428

BASE: dict[str, type] = {"bn": str, "bt": Decimal, "bu": str, "bv": Decimal, "bs": Decimal, "bver": Decimal}
REGULAR: dict[str, type] = {
    "n": str,
    "u": str,
    "v": Decimal,
    "vs": str,
    "vb": bool,
    "vd": str,
    "s": Decimal,
    "t": Decimal,
    "ut": Decimal,
}
LABELS = BASE | REGULAR
VALUES = ("v", "vs", "vb", "vd")
NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9:./_]*")


@dataclass(frozen=True, slots=True)
class Record:
    """A resolved record.

    Attributes:
        base_name: base name in force.
        own_name: name without the base name.
        unit: own unit or base unit; "" for none.
        value: with the base value added; None when there is no `v`, or it is null.
        measures: the record has a `v`.
        time: in seconds, with the base time added; 0 for none.
    """

    base_name: str
    own_name: str
    unit: str
    value: Decimal | None
    measures: bool
    time: Decimal

    @property
    def name(self) -> str:
        return self.base_name + self.own_name


@dataclass(slots=True)
class Base:
    """Base fields in force."""

    name: str = ""
    time: Decimal = Decimal(0)
    unit: str = ""
    value: Decimal = Decimal(0)
    version: Decimal | None = None

    def take(self, record: "Raw") -> None:
        """Take over the base fields of a record.

        Raises:
            DecodeError: a base field cannot be read, or the version is another: no later record can be trusted.
        """
        for label, kind in BASE.items():
            if label in record.values and not _is(record.values[label], kind):
                raise DecodeError(f"the base field {label} cannot be read")
        self.name = record.values.get("bn", self.name)
        self.time = record.values.get("bt", self.time)
        self.unit = record.values.get("bu", self.unit)
        self.value = record.values.get("bv", self.value)
        self._version(record.values.get("bver"))

    def _version(self, own: Decimal | None) -> None:
        version = own if own is not None else self.version if self.version is not None else Decimal(VERSION)
        if not 1 <= version <= VERSION or version % 1:
            raise DecodeError(f"SenML version {version}: {VERSION} is the newest known")
        if self.version not in {None, version}:
            raise DecodeError("records of two SenML versions in one pack")
        self.version = version


@dataclass(frozen=True, slots=True)
class Raw:
    """A JSON object of a pack; of equal labels the last one counts."""

    values: dict[str, Any]
    repeated: tuple[str, ...] = field(default=())


def read_pack(payload: bytes) -> list[Record | str]:
    """Resolve a pack into records; a sentence replaces a record that is wrong.

    Raises:
        DecodeError: the pack as a whole cannot be used.
    """
    pack = _load(payload)
    _must_understand(pack)
    return list(_resolve(pack))


def _load(payload: bytes) -> list[Any]:
    pack = load_json(payload, _raw)
    if not isinstance(pack, list):
        raise DecodeError("no SenML: a pack is an array of records")
    return pack


def _raw(pairs: list[tuple[str, Any]]) -> Raw:
    values = dict(pairs)
    return Raw(values) if len(values) == len(pairs) else Raw(values, tuple(repeated_keys(pairs)))


def _must_understand(pack: list[Any]) -> None:
    for record in pack:
        for label in record.values if isinstance(record, Raw) else ():
            if label not in LABELS and label.endswith("_"):
                raise DecodeError(f"the label {label!a} must be understood, and is not")


def _resolve(pack: list[Any]) -> Iterator[Record | str]:
    base = Base()
    for number, raw in enumerate(pack, start=1):
        if not isinstance(raw, Raw):
            yield f"record {number} is no object"
            continue
        try:
            base.take(raw)
        except DecodeError as error:
            raise DecodeError(f"record {number}: {error}") from None
        if raw.repeated:
            yield f"record {number} gives {', '.join(map(ascii, raw.repeated))} twice: the last one counts"
        if not raw.values.keys().isdisjoint(REGULAR):
            mistake = _mistake(raw.values, base)
            yield f"record {number}: {mistake}" if mistake else _record(raw.values, base)


def _mistake(values: dict[str, Any], base: Base) -> str | None:
    for label, kind in REGULAR.items():
        null = label == "v" and values.get("v", 0) is None
        if label in values and not null and not _is(values[label], kind):
            return f"{label} cannot be read"
    labels = [label for label in VALUES if label in values]
    if len(labels) > 1 or not (labels or "s" in values):
        return f"{len(labels)} values instead of one"
    name = base.name + values.get("n", "")
    if NAME.fullmatch(name) is None:
        return f"{name[:64]!a} is no name: letters, digits and - : . / _ make one"
    return None


def _record(values: dict[str, Any], base: Base) -> Record:
    value = values.get("v")
    return Record(
        base_name=base.name,
        own_name=values.get("n", ""),
        unit=values.get("u", base.unit),
        value=None if value is None else base.value + value,
        measures="v" in values,
        time=base.time + values.get("t", 0),
    )


def _is(value: object, kind: type) -> bool:
    """Whether a JSON value is of a kind; a number must also fit a double."""
    if isinstance(value, Decimal):
        return kind is Decimal and value.copy_abs() < LARGEST_NUMBER
    return type(value) is kind
