"""Shapes: everything that people are told, each kind typed once, with the fields, names and units that its JSON has.

Inside the gateway a moment or a duration is a whole number of microseconds. In a shape a moment is text in UTC, and a
duration is seconds, its name ending in `_s`. The control socket, the API and /api/openapi.json all follow from shapes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from types import NoneType
from typing import Annotated, Any, NewType, Self, get_args, get_type_hints, overload

import msgspec
from msgspec import Meta

MomentText = NewType("MomentText", str)
Moment = Annotated[
    MomentText,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        extra_json_schema={"format": "date-time"},
    ),
]
"""A time in UTC with milliseconds. All have the same length, so that their text sorts as the times do."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: isoformat() then adds no offset, we add the Z


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record as people are told it; its subclasses say what is in it."""

    @classmethod
    def of(cls, record: Any, **others: Any) -> Self:
        """Copy the fields of the same names from a record, its times as moments.

        Args:
            record: an object, or a row by the names of its columns; its times are UTC microseconds.
            others: the fields that the record does not have, or has in another form.
        """
        row = record if isinstance(record, Mapping) else None
        fields = {
            name: getattr(record, name) if row is None else row[name]
            for name in cls.__struct_fields__
            if name not in others
        }
        for name in _moments(cls) & fields.keys():
            fields[name] = moment(fields[name])
        return cls(**fields, **others)


@overload
def moment(at: int) -> Moment: ...
@overload
def moment(at: int | None) -> Moment | None: ...
def moment(at: int | None) -> Moment | None:
    """UTC microseconds as `2026-03-02T20:12:00.000Z`; None stays None."""
    if at is None:
        return None
    return MomentText((_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds") + "Z")


@overload
def seconds(length: int) -> float: ...
@overload
def seconds(length: int | None) -> float | None: ...
def seconds(length: int | None) -> float | None:
    """Microseconds as seconds; None stays None."""
    return None if length is None else length / 1e6


@cache
def _moments(shape: type[Shape]) -> frozenset[str]:
    """The fields that are moments or None."""
    hints = get_type_hints(shape)
    return frozenset(name for name, hint in hints.items() if {*(get_args(hint) or (hint,))} <= {MomentText, NoneType})
