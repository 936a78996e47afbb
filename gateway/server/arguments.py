"""The arguments of a command: read as the command's type has them, refused in a sentence that says what is allowed."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import inspect

from gateway.records.commands import Asked, RefusedError

A = TypeVar("A", bound=Asked)


def read(asked: type[A], args: Mapping[str, object]) -> A:
    """Check the arguments of a command. Null and blank text are left out; text loses the blanks around it.

    Raises:
        RefusedError: the sentence names the argument and says what is allowed.
    """
    trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in args.items()}
    given = {name: value for name, value in trimmed.items() if value is not None and value != ""}
    try:
        return msgspec.convert(given, asked)
    except msgspec.ValidationError as error:
        raise RefusedError("bad_request", _fault(asked, given) or str(error)) from None


def _fault(asked: type[Asked], given: Mapping[str, object]) -> str | None:
    """The first argument that is wrong, as a sentence; None when each for itself is right."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(asked)}
    for name in given:
        if name not in fields:
            return f"{name[:40]!r} is no argument of {asked.command}; there are: {', '.join(fields)}"
    for name, field in fields.items():
        if name not in given:
            if field.required:
                return f"{name!r} must be given: {allowed(field.type)}"
            continue
        try:
            msgspec.convert(given[name], field.type)
        except msgspec.ValidationError:
            return f"{name!r} is {allowed(field.type)}"
    return None


def allowed(kind: object) -> str:
    """What a value of an argument's type may be, in words."""
    return _in_words(inspect.type_info(kind))


def _in_words(kind: inspect.Type) -> str:
    words = ""
    match kind:
        case inspect.Metadata(type=inspect.UnionType() as choice):
            words = _in_words(choice)
        case inspect.UnionType(types=types):
            words = next(filter(None, map(_in_words, types)), "")
        case inspect.EnumType(cls=values):
            words = f"one of {', '.join(value.value for value in values)}"
        case inspect.BoolType():
            words = "true or false"
    if not words and isinstance(kind, inspect.Metadata):
        return str((kind.extra_json_schema or {}).get("description", ""))
    return words
