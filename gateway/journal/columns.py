"""Columns of numbers in little space, and back exactly: the form of sealed hours and roll-ups (pure).

A column of integers is counted from its first number in its largest common unit and differenced up to twice, whatever
makes it smallest; zigzag makes it unsigned; it is cut into planes, all lowest bytes first, and each plane gets a
Huffman table of its own (a block boundary of deflate). Numbers with few decimals are integers of their last decimal,
others their eight bytes.
"""

import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import copysign, gcd
from struct import pack, unpack

import msgspec

MOST_DECIMALS = 9
EXACT = 1 << 53
"""Integers below it are floats as they stand."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a chunk's content: an hour at a thousand readings a second, far beyond what one point may send."""

_WORD = 1 << 64
_SIGN = 1 << 63


class Column(msgspec.Struct, array_like=True):
    """Its first number and unit, how often it is differenced, its width in bytes; `decimals` of floats, -1: bytes."""

    first: int
    unit: int
    order: int
    width: int
    decimals: int = 0


Packed = tuple[Column, list[bytes]]


class Columns:
    """The planes of one column after the other, taken from the front. Raises ValueError when they are cut short."""

    def __init__(self, planes: bytes) -> None:
        self._planes = planes
        self._at = 0

    def integers(self, column: Column, count: int) -> list[int]:
        end = self._at + count * column.width
        numbers = _unpack(self._planes[self._at : end], column, count)
        self._at = end
        return numbers

    def floats(self, column: Column, count: int) -> list[float]:
        numbers = self.integers(column, count)
        if column.decimals >= 0:
            scale = 10**column.decimals
            return [number / scale for number in numbers]
        return list(unpack(f"<{count}d", array("q", numbers).tobytes()))


def pack_floats(numbers: Sequence[float]) -> Packed:
    """A column and its planes; every number comes back as it is, -0.0 too."""
    for decimals in range(MOST_DECIMALS + 1):
        scaled = _scaled(numbers, 10**decimals)
        if scaled is not None:
            column, planes = pack_integers(scaled)
            column.decimals = decimals
            return column, planes
    column, planes = pack_integers(array("q", pack(f"<{len(numbers)}d", *numbers)).tolist())
    column.decimals = -1
    return column, planes


def _scaled(numbers: Sequence[float], scale: int) -> list[int] | None:
    """The numbers as integers of 1/scale, None where one of them would not come back as it is."""
    scaled = []
    for number in numbers:
        if not abs(number) < EXACT / scale or (number == 0 and copysign(1, number) < 0):
            return None
        whole = round(number * scale)
        if whole / scale != number:
            return None
        scaled.append(whole)
    return scaled


def pack_integers(numbers: Sequence[int]) -> Packed:
    """A column and its planes, lowest bytes first."""
    first, unit, order, chosen = _smallest(numbers)
    width = max(1, (max(chosen, default=0).bit_length() + 7) // 8)
    wide = array("Q", chosen).tobytes()
    return Column(first, unit, order, width), [wide[place::8] for place in range(width)]


def bits(numbers: Sequence[int]) -> int:
    """What a column would cost, roughly."""
    return sum(number.bit_length() for number in _smallest(numbers)[3])


def _smallest(numbers: Sequence[int]) -> tuple[int, int, int, list[int]]:
    """First number, unit, order, and what is left of the numbers: unsigned, below 2^64."""
    first = numbers[0] if numbers else 0
    counted = [signed(number - first) for number in numbers]
    unit = gcd(*counted) or 1
    form = [number // unit for number in counted]
    forms = []
    for _ in range(3):
        forms.append([_zigzag(number) for number in form])
        form = _differences(form)
    order = min(range(3), key=lambda each: sum(number.bit_length() for number in forms[each]))
    return first, unit, order, forms[order]


def _unpack(data: bytes, column: Column, count: int) -> list[int]:
    if len(data) != count * column.width or not 1 <= column.width <= 8:
        raise ValueError("a column is cut short")
    wide = bytearray(count * 8)
    for place in range(column.width):
        wide[place::8] = data[place * count : (place + 1) * count]
    numbers = [(number >> 1) ^ -(number & 1) for number in array("Q", bytes(wide))]
    for _ in range(column.order):
        numbers = [signed(number) for number in accumulate(numbers)]
    return [signed(column.first + number * column.unit) for number in numbers]


def _differences(numbers: Sequence[int]) -> list[int]:
    """Each number less the one before it, modulo 2^64; the first as it is."""
    return [*numbers[:1], *(signed(after - before) for before, after in pairwise(numbers))]


def signed(number: int) -> int:
    """The number modulo 2^64, between -2^63 and 2^63."""
    return number if -_SIGN <= number < _SIGN else (number + _SIGN) % _WORD - _SIGN


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def deflate(header: bytes, planes: Sequence[bytes]) -> bytes:
    """Size of the header, header and planes, compressed."""
    pieces = [len(header).to_bytes(4, "little") + header, *planes]
    return min((_deflate(pieces, strategy) for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)), key=len)


def inflate(data: bytes) -> tuple[bytes, Columns]:
    """Header and columns. Raises zlib.error or ValueError for anything that `deflate` did not make."""
    content = _inflate(data)
    end = 4 + int.from_bytes(content[:4], "little")
    return content[4:end], Columns(content[end:])


def _deflate(pieces: Iterable[bytes], strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return b"".join(packer.compress(piece) + packer.flush(zlib.Z_BLOCK) for piece in pieces) + packer.flush()


def _inflate(chunk: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(chunk, LARGEST)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("a chunk is cut short, too long, or goes on after its end")
    return content
