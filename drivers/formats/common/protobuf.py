"""Read and write Protocol Buffers (protobuf.dev: Programming Guides, Encoding), as far as Sparkplug needs them.

A message is a row of fields: a varint of (number << 3 | wire type), then the value. Of a field that may occur once, the
last one counts. An unknown field is skipped. Groups, which were deprecated before Sparkplug, are refused.
"""

from collections.abc import Iterator
from typing import NamedTuple

from drivers.errors import DecodeError

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
LONGEST_VARINT = 10
U64 = (1 << 64) - 1


class ProtobufField(NamedTuple):
    """One field: an int for VARINT, the bytes for all other wire types."""

    number: int
    wire: int
    value: int | bytes


class ProtobufMessage:
    """The fields of one message.

    Raises:
        DecodeError: these bytes are not a message.
    """

    def __init__(self, message: bytes) -> None:
        self._all = [*_fields(message)]

    def last(self, *numbers: int) -> ProtobufField | None:
        """Return the last of these fields (of a oneof, the one that counts); None when there is none."""
        return next((field for field in reversed(self._all) if field.number in numbers), None)

    def integer(self, number: int) -> int | None:
        """Return an integer or boolean as 64 bits; None when it is absent."""
        field = self.last(number)
        if field is None:
            return None
        if not isinstance(field.value, int):
            raise DecodeError(f"field {number} is no integer")
        return field.value

    def flag(self, number: int) -> bool:
        """Return a boolean; False when it is absent."""
        return bool(self.integer(number))

    def text(self, number: int) -> str | None:
        """Return a string; None when it is absent."""
        field = self.last(number)
        return None if field is None else _text(field)

    def texts(self, number: int) -> list[str]:
        """Return a repeated string."""
        return [_text(field) for field in self._all if field.number == number]

    def messages(self, number: int) -> list["ProtobufMessage"]:
        """Return a repeated message."""
        return [ProtobufMessage(_bytes(field)) for field in self._all if field.number == number]


def put_integer(number: int, value: int) -> bytes:
    """Encode a field that is an integer or boolean."""
    return _varint(number << 3 | VARINT) + _varint(value)


def put_bytes(number: int, value: bytes) -> bytes:
    """Encode a field that is a string or message."""
    return _varint(number << 3 | LENGTH) + _varint(len(value)) + value


def _fields(message: bytes) -> Iterator[ProtobufField]:
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise DecodeError("a field with the number 0", raw=message)
        if wire == VARINT:
            value, at = _read_varint(message, at)
            yield ProtobufField(number, wire, value)
            continue
        if wire == LENGTH:
            length, at = _read_varint(message, at)
        elif wire in FIXED:
            length = FIXED[wire]
        else:
            raise DecodeError(f"field {number} has the wire type {wire}, which is none", raw=message)
        if at + length > len(message):
            raise DecodeError(f"field {number} is cut short", raw=message)
        yield ProtobufField(number, wire, message[at : at + length])
        at += length


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(message[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & U64, at + index + 1
    raise DecodeError("an integer is cut short or too long", raw=message)


def _varint(value: int) -> bytes:
    more = bytearray()
    while value > 0x7F:
        more.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(more) + bytes([value])


def _bytes(field: ProtobufField) -> bytes:
    if field.wire != LENGTH or isinstance(field.value, int):
        raise DecodeError(f"field {field.number} has no length")
    return field.value


def _text(field: ProtobufField) -> str:
    try:
        return _bytes(field).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"field {field.number} is no UTF-8: {error}") from error
