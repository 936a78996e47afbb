"""Columns of numbers in little space, and back exactly: the form of sealed hours and roll-ups (pure).

A column of integers is counted in its largest common unit, from a number in its middle or from its first; a straight
line is taken from it, or it is differenced up to twice; zigzag makes it unsigned. Then it is written by the bit in
Rice's code (R. F. Rice, "Some Practical Universal Noiseless Coding Techniques", JPL Publication 79-22, 1979), which
needs no table, or cut into planes, all lowest bytes first, each with a Huffman table of its own (a block boundary of
deflate). What comes out smallest is kept. Numbers with few decimals are integers of their last decimal, others their
eight bytes.
"""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import copysign, gcd
from operator import itemgetter, sub
from struct import pack, unpack
from typing import NamedTuple

import msgspec

MOST_DECIMALS = 9
EXACT = 1 << 53
"""Integers below it are floats as they stand."""
TRIED_AT = 6
"""Deflate's level for finding out which form is the smallest."""

_WORD = 1 << 64
_SIGN = 1 << 63


class Column(msgspec.Struct, array_like=True):
    """What gives a column back from its planes or bits.

    Attributes:
        first: what it is counted from.
        unit: what one is worth.
        order: how often it is differenced.
        width: bytes of a number; below 0, -1 - the bits that Rice's code writes as they are.
        decimals: of floats; -1: they are their bytes.
        slope: units that each number was to grow by.
    """

    first: int
    unit: int
    order: int
    width: int
    decimals: int = 0
    slope: int = 0


class Packed(NamedTuple):
    """A column with either its planes or its bits, a digit each."""

    column: Column
    planes: list[bytes]
    bits: str

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return (len(self.bits) + 7) // 8 if self.bits else len(zlib.compress(b"".join(self.planes), TRIED_AT))


class Columns:
    """The numbers of one column after the other, taken from the front. Raises ValueError when they are cut short."""

    def __init__(self, planes: bytes, bits: str = "") -> None:
        self._planes = planes
        self._bits = bits
        self._at = self._bit = 0

    def integers(self, column: Column | None, count: int) -> list[int]:
        """None: they are all 0."""
        if column is None:
            return [0] * count
        if column.width < 0:
            left: Sequence[int]
            left, self._bit = _from_rice(self._bits, self._bit, -1 - column.width, count)
        else:
            end = self._at + count * column.width
            left = _from_planes(self._planes[self._at : end], column.width, count)
            self._at = end
        return _whole(column, left)

    def floats(self, column: Column | None, count: int) -> list[float]:
        numbers = self.integers(column, count)
        if column is None or column.decimals >= 0:
            return decimal(numbers, 0 if column is None else column.decimals)
        return list(unpack(f"<{count}d", array("q", numbers).tobytes()))


def pack_floats(numbers: Sequence[float]) -> Packed:
    """A column; every number comes back as it is, -0.0 too."""
    found = as_integers(numbers)
    if found is None:
        packed = pack_integers(array("q", pack(f"<{len(numbers)}d", *numbers)).tolist())
        packed.column.decimals = -1
        return packed
    packed = pack_integers(found[0])
    packed.column.decimals = found[1]
    return packed


def as_integers(numbers: Sequence[float]) -> tuple[list[int], int] | None:
    """The numbers in units of their last decimal, and how many decimals those are; None: they have no few."""
    for decimals in range(MOST_DECIMALS + 1):
        scaled = _scaled(numbers, 10**decimals)
        if scaled is not None:
            return scaled, decimals
    return None


def decimal(numbers: Iterable[int], decimals: int) -> list[float]:
    """And back."""
    scale = 10**decimals
    return [number / scale for number in numbers]


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
    """A column."""
    first = numbers[0] if numbers else 0
    counted = _wrapped([number - first for number in numbers])
    unit = gcd(*counted) or 1
    sized = [
        (size(left), write, column, left)
        for column, left in _forms([number // unit for number in counted] if unit > 1 else counted)
        for size, write in ((_planes_size, _in_planes), (_rice_size, _in_rice))
    ]
    _, write, column, left = min(sized, key=itemgetter(0))
    packed = write(column, left)
    packed.column.first, packed.column.unit = signed(first + column.first * unit), unit
    return packed


def _forms(form: Sequence[int]) -> Iterator[tuple[Column, list[int]]]:
    """Whatever may make a column small."""
    slope = signed(form[-1] - form[0]) // (len(form) - 1) if len(form) > 1 else 0
    for each in {0, slope}:
        left = _wrapped([number - each * place for place, number in enumerate(form)])
        middle = sorted(left)[len(left) // 2] if left else 0
        yield Column(middle, 1, 0, 0, slope=each), _zigzag(_wrapped([number - middle for number in left]))
        yield Column(0, 1, 1, 0, slope=each), _zigzag(_differences(left))
    yield Column(0, 1, 2, 0), _zigzag(_differences(_differences(form)))


def _planes_size(left: Sequence[int]) -> int:
    """Bits, about."""
    return 8 * len(zlib.compress(b"".join(_planes(left)), TRIED_AT))


def _in_planes(column: Column, left: Sequence[int]) -> Packed:
    planes = _planes(left)
    return Packed(msgspec.structs.replace(column, width=len(planes)), planes, "")


def _planes(left: Sequence[int]) -> list[bytes]:
    width = max(1, (max(left, default=0).bit_length() + 7) // 8)
    wide = array("Q", left).tobytes()
    return [wide[place::8] for place in range(width)]


def _rice_size(left: Sequence[int]) -> int:
    """Bits."""
    return _rice(left)[0] if left else 0


def _rice(left: Sequence[int]) -> tuple[int, int]:
    """How many bits it takes, and how many of each number are written as they are."""
    near = max(0, (sum(left) // len(left)).bit_length() - 1)
    return min((sum([number >> low for number in left]) + len(left) * (low + 1), low) for low in (near, near + 1))


def _in_rice(column: Column, left: Sequence[int]) -> Packed:
    _, low = _rice(left) if left else (0, 0)
    if low:
        bits = "".join([f"{'1' * (number >> low)}0{number & (1 << low) - 1:0{low}b}" for number in left])
    else:
        bits = "".join(["1" * number + "0" for number in left])
    return Packed(msgspec.structs.replace(column, width=-1 - low), [], bits)


def _from_rice(bits: str, at: int, low: int, count: int) -> tuple[list[int], int]:
    """The numbers, and where the next bits begin."""
    if not low:
        *ones, rest = bits[at:].split("0", count)
        if len(ones) < count:
            raise ValueError("a column is cut short")
        return list(map(len, ones)), len(bits) - len(rest)
    numbers = []
    for _ in range(count):
        stop = bits.index("0", at)
        end = stop + 1 + low
        numbers.append((stop - at << low) + int(bits[stop:end], 2))
        at = end
    if at > len(bits):
        raise ValueError("a column is cut short")
    return numbers, at


def _from_planes(data: bytes, width: int, count: int) -> Sequence[int]:
    if len(data) != count * width or not 1 <= width <= 8:
        raise ValueError("a column is cut short")
    wide = bytearray(count * 8)
    for place in range(width):
        wide[place::8] = data[place * count : (place + 1) * count]
    return array("Q", bytes(wide))


def _whole(column: Column, left: Sequence[int]) -> list[int]:
    first, unit, step = column.first, column.unit, column.unit * column.slope
    numbers = [(number >> 1) ^ -(number & 1) for number in left] if any(left) else [0] * len(left)
    for _ in range(column.order):
        numbers = _wrapped(list(accumulate(numbers)))
    if not step:
        return _wrapped([first + number * unit for number in numbers])
    return _wrapped([first + number * unit + step * place for place, number in enumerate(numbers)])


def _differences(numbers: Sequence[int]) -> list[int]:
    """Each number less the one before it, modulo 2^64; the first as it is."""
    return [*numbers[:1], *_wrapped(list(map(sub, numbers[1:], numbers)))]


def signed(number: int) -> int:
    """The number modulo 2^64, between -2^63 and 2^63."""
    return number if -_SIGN <= number < _SIGN else (number + _SIGN) % _WORD - _SIGN


def _wrapped(numbers: list[int]) -> list[int]:
    """All of them so."""
    if numbers and (min(numbers) < -_SIGN or max(numbers) >= _SIGN):
        return [signed(number) for number in numbers]
    return numbers


def _zigzag(numbers: Iterable[int]) -> list[int]:
    return [(number << 1) ^ (number >> 63) for number in numbers]
