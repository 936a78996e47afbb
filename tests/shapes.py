"""Shapes as clients get them, held to their own types: nothing checks those when a shape is made."""

from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from gateway.records.shape import Shape

S = TypeVar("S", bound=Shape)


def read(body: bytes, shape: type[S]) -> S:
    """An answer. msgspec.ValidationError where it lacks something, or has what its shape does not name."""
    return msgspec.json.decode(body, type=shape)


def made(shape: type[Shape], **fields: Any) -> Any:
    """The JSON of a shape; a field that is not given is null, where it may be."""
    for name, hint in get_type_hints(shape).items():
        if name not in fields and NoneType in get_args(hint):
            fields[name] = None
    return as_client(shape(**fields))


def as_client(shape: Shape | dict[str, Any] | list[Any]) -> Any:
    """The JSON of shapes, wherever they stand, as plain objects."""
    match shape:
        case Shape():
            body = msgspec.json.encode(shape)
            read(body, type(shape))
            return msgspec.json.decode(body)
        case dict():
            return {key: as_client(value) for key, value in shape.items()}
        case list() | tuple():
            return [as_client(each) for each in shape]
        case _:
            return shape
