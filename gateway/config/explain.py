"""Explain pydantic's errors to the person who wrote the file: what is wrong, and what would be right."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from gateway.config.models import Config
from gateway.config.problems import ConfigFault, Path, listed, suggest
from gateway.config.values import shown, spell_duration

# Examples of missing settings, by key, or by section and key where they differ.
EXAMPLES = {
    "kitchen.id": "sppg-cimahi-03",
    "kitchen.name": "Dapur SPPG Cimahi 03",
    "people.id": "siti",
    "people.name": "Siti Rahayu",
    "control_points.id": "ccp-chiller-1",
    "items.id": "rice",
    "items.name": "{id: Beras, en: Rice}",
    "stores.id": "chiller-1",
    "containers.id": "crate-blue",
    "containers.name": "{id: Krat biru, en: Blue crate}",
    "suppliers.id": "tani-jaya",
    "suppliers.name": "UD Tani Jaya",
    "recipes.id": "chicken-rice",
    "recipes.name": "{id: Nasi ayam, en: Chicken rice}",
    "schools.id": "sdn-2",
    "schools.name": "SDN 2 Cimahi",
    "ingredients": "{rice: 100, chicken: 60}",
    "tare": "1.85",
    "id": "chiller-1",
    "name": "Chiller 1",
    "driver": "modbus-rtu",
    "device": "chiller-1",
    "channel": "T",
    "quantity": "temperature",
    "interval": "10s",
    "kind": "cold_holding",
    "point": "chiller-1-air",
    "critical_limit": "5",
    "item": "rice",
    "api": "v1",
    "url": "http://127.0.0.1:8086",
}

_SECTION_TYPES = {"model_type": "a section", "dict_type": "a section", "tuple_type": "a list"}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def explain(error: ValidationError) -> Iterator[ConfigFault]:
    """Return every error of a validation as a fault."""
    for item in error.errors(include_url=False):
        path: Path = item["loc"]
        if item["type"] == "too_short" and item["input"]:
            continue  # its entries are there, each with its own fault
        what, remedy = _words(path, item["type"], item["input"], item.get("ctx", {}))
        yield ConfigFault(path, what, remedy)


def _words(path: Path, kind: str, value: Any, facts: dict[str, Any]) -> tuple[str, str]:
    match kind:
        case "setting":
            words = facts["what"], facts["remedy"]
        case "missing":
            words = _missing(path)
        case "extra_forbidden":
            words = _unknown(path)
        case "model_type" | "dict_type" | "tuple_type":
            words = _section(kind, value)
        case "literal_error" | "enum":
            words = _choice(value, facts["expected"])
        case "too_short" | "too_long":
            words = _length(path, facts)
        case _ if kind in _BOUNDS:
            words = _bound(path, kind, value, facts)
        case _:
            words = _scalar(path, kind, value)
    return words


def _missing(path: Path) -> tuple[str, str]:
    key = str(path[-1])
    section = next((step for step in reversed(path[:-1]) if isinstance(step, str)), "")
    example = EXAMPLES.get(f"{section}.{key}") or EXAMPLES.get(key)
    return "is missing", f'add "{key}: {example}" or the like' if example else f'add the section "{key}:"'


def _unknown(path: Path) -> tuple[str, str]:
    key, settings = str(path[-1]), sorted(_settings(path[:-1]))
    if key in {"password", "token"}:
        return "a secret does not belong in this file", f"put it in a file of its own and write {key}_file: secrets/…"
    return f'there is no setting "{key}"', suggest(key, settings, otherwise=f"choose from {', '.join(settings)}")


def _settings(path: Path) -> set[str]:
    """Return the settings that the section at `path` takes."""
    section: type[BaseModel] = Config
    for step in path:
        if isinstance(step, str):
            section = _section_in(section.model_fields[step].annotation) or section
    return set(section.model_fields)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((section for part in get_args(annotation) if (section := _section_in(part))), None)


def _section(kind: str, value: Any) -> tuple[str, str]:
    expected = _SECTION_TYPES[kind]
    if value is None:
        return "is empty", "fill it in, or take the line out"
    actual = "a list" if isinstance(value, list) else "a section" if isinstance(value, dict) else shown(value)
    remedy = "begin each entry with a hyphen: - id: …" if kind == "tuple_type" else "write key: value, one a line"
    return f"is {actual}, not {expected}", remedy


def _choice(value: Any, expected: str) -> tuple[str, str]:
    words = re.findall(r"'([^']*)'", expected)
    return f"{shown(value)} is not known here", suggest(str(value), words, otherwise=f"write {listed(words)}")


def _length(path: Path, facts: dict[str, Any]) -> tuple[str, str]:
    if path[-1] == "range":
        return f"has {facts['actual_length']} numbers instead of 2", "write the lowest and the highest: [-40, 80]"
    return "is empty", "fill in at least one"


def _bound(path: Path, kind: str, value: Any, facts: dict[str, Any]) -> tuple[str, str]:
    word, fact = _BOUNDS[kind]
    limit = facts[fact]
    if path[-1] in {"interval", "every", "commit_every", "timeout", "slowest", "at_least_every"}:
        return f"{shown(value)} cannot work", f"write {word} {spell_duration(limit)}"
    return f"{shown(value)} is out of bounds", f"write {word} {limit}"


def _scalar(path: Path, kind: str, value: Any) -> tuple[str, str]:
    if str(path[-1]).startswith(("password", "token")):
        return "is no text", "write the name of the file or variable that holds the secret"
    if value is None:
        return "is empty", "fill it in, or take the line out"
    if kind.startswith(("float", "int", "finite")):
        return _number(kind, value)
    return _text(value)


def _number(kind: str, value: Any) -> tuple[str, str]:
    noun = "whole number" if kind.startswith("int") else "number"
    what = f"{shown(value)} is no {noun}"
    if isinstance(value, str):
        plain = value.strip().replace("−", "-").replace(",", ".")
        if number := re.match(r"[-+]?[0-9]+(?:\.[0-9]+)?", plain):
            return what, f"write {number[0]}, without quotes, comma or unit"
    return what, f"write a {noun} such as {1 if noun == 'whole number' else 4.5}"


def _text(value: Any) -> tuple[str, str]:
    if isinstance(value, bool | int | float):
        return f"{shown(value)} is no text", f'put it in quotes: "{str(value).lower()}"'
    if isinstance(value, str) and not value.strip():
        return "is empty", "fill it in, or take the line out"
    return f"is {shown(value)}, not a text", "write a text"
