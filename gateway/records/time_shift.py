"""A state whose times are moved (pure): what was folded on one clock goes on being folded on another.

Every state of the gateway is made of frozen structures, tuples and plain values. A whole number that is as large as the
microseconds from 1970 to 2020 is a time: durations, numbers and weights are far below that, and values are no whole
numbers.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from gateway.records.quality import EARLIEST

T = TypeVar("T")


def moved(state: T, move: Callable[[int], int]) -> T:
    """The same with every time moved."""
    return cast("T", _moved(state, move))


def _moved(state: Any, move: Callable[[int], int]) -> Any:
    if type(state) is int:
        return move(state) if state >= EARLIEST else state
    if isinstance(state, msgspec.Struct):
        fields = {name: _moved(getattr(state, name), move) for name in state.__struct_fields__}
        return msgspec.structs.replace(state, **fields)
    if isinstance(state, list | tuple):
        parts = [_moved(part, move) for part in state]
        return type(state)(parts) if type(state) in (list, tuple) else type(state)(*parts)
    if isinstance(state, dict):
        return {key: _moved(value, move) for key, value in state.items()}
    return state


class Move(NamedTuple):
    """Readings behind `seq` without a date, from `since` to `until`, go by `offset`."""

    seq: int
    since: int
    until: int
    offset: int
