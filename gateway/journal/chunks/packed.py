"""The bytes of a sealed hour or roll-up: header and planes of columns, and whether they are still the same (pure).

    version · MessagePack ( header, columns, planes in deflate, bits ) · CRC-32 of all before it

Version 1 was all of it in one zlib stream, whose first byte is no version: it is still read.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from gateway.journal.chunks.columns import Column, Columns, Packed

VERSION = 2
LARGEST = 64 * 1024 * 1024
"""Bytes of planes: an hour at a thousand readings a second, far beyond what one point may send."""

_ZLIB = 0x78
_RAW = -zlib.MAX_WBITS
_CRC = 4
_STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)

Wire = list[list[int] | None]
Header = TypeVar("Header", bound=msgspec.Struct)


class Body(msgspec.Struct, array_like=True):
    """Columns without their last zeros, None where all numbers are 0; planes in deflate; bits."""

    columns: Wire
    planes: bytes
    bits: bytes


def is_old(data: bytes) -> bool:
    """Whether it is of version 1."""
    return data[:1] == bytes([_ZLIB])


def write(header: msgspec.Struct) -> bytes:
    """The bytes of a header."""
    content = bytes([VERSION]) + msgspec.msgpack.encode(header)
    return content + zlib.crc32(content).to_bytes(_CRC, "little")


def read(data: bytes, header: type[Header]) -> Header:
    """And back. Raises ValueError (msgspec's too) for anything that `write` did not make."""
    if data[:1] != bytes([VERSION]):
        raise ValueError(f"of version {data[:1].hex() or 'none'}; this gateway reads versions 1 and {VERSION}")
    if zlib.crc32(data[:-_CRC]).to_bytes(_CRC, "little") != data[-_CRC:]:
        raise ValueError("its check sum is not that of its content")
    return msgspec.msgpack.decode(data[1:-_CRC], type=header)


def pack(packed: Iterable[Packed]) -> Body:
    """Columns as they stand in a header."""
    wire: Wire = []
    planes: list[bytes] = []
    bits: list[str] = []
    for column, own, digits in packed:
        if column.first == column.slope == 0 and column.decimals >= 0 and not any(map(any, own)) and "1" not in digits:
            wire.append(None)
            continue
        planes += own
        bits.append(digits)
        wire.append(_trimmed(list(msgspec.structs.astuple(column))))
    deflated = min((_deflated(planes, strategy) for strategy in _STRATEGIES), key=len) if planes else b""
    return Body(wire, deflated, _bytes("".join(bits)))


def unpack(body: Body) -> tuple[list[Column | None], Columns]:
    """And back. Raises zlib.error, TypeError or ValueError."""
    described = [None if each is None else Column(*each) for each in body.columns]
    planes = _inflated(body.planes, _RAW) if body.planes else b""
    return described, Columns(planes, _digits(body.bits))


def read_old(data: bytes, header: type[Any]) -> tuple[Any, Columns]:
    """Header and columns of version 1. Raises zlib.error or ValueError for anything else."""
    content = _inflated(data, zlib.MAX_WBITS)
    end = 4 + int.from_bytes(content[:4], "little")
    return msgspec.msgpack.decode(content[4:end], type=header), Columns(content[end:])


def _trimmed(fields: list[int]) -> list[int]:
    while not fields[-1]:
        fields.pop()
    return fields


def _bytes(bits: str) -> bytes:
    """Eight digits a byte, filled up with 0."""
    size = (len(bits) + 7) // 8
    return int(bits.ljust(size * 8, "0"), 2).to_bytes(size, "big") if bits else b""


def _digits(data: bytes) -> str:
    return f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}" if data else ""


def _deflated(planes: Sequence[bytes], strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW, 9, strategy)
    return b"".join(packer.compress(plane) + packer.flush(zlib.Z_BLOCK) for plane in planes) + packer.flush()


def _inflated(data: bytes, bits: int) -> bytes:
    unpacker = zlib.decompressobj(bits)
    content = unpacker.decompress(data, LARGEST)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it is cut short, too long, or goes on after its end")
    return content
