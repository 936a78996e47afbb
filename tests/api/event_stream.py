"""The event stream as a page reads it."""

import json
from collections.abc import Iterator
from typing import Any


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Server-sent events as (name, data)."""
    name = ""
    for line in lines:
        key, _, rest = line.partition(": ")
        if key == "event":
            name = rest
        elif key == "data":
            yield name, json.loads(rest)


def wanted(told: Iterator[tuple[str, Any]], name: str) -> Any:
    return next(data for what, data in told if what == name)
