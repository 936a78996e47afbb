"""Decode one value from the registers of a Modbus device.

Registers beside the value may hold the place of its decimal point, its unit, and the bits of a status word.
Everything is computed in decimals. A number that stands for a fault never becomes a value.
"""

import math
import struct
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason, exact
from drivers.values.units import OWN_UNIT, UNITS, Unit

MOST_DECIMALS = 6
FLOAT32_DIGITS = range(6, 10)  # numbers of decimal digits, of which the last tells any two float32 apart

Address = Annotated[int, Meta(ge=0, le=0xFFFF)]
Decimals = Annotated[int, Meta(ge=0, le=MOST_DECIMALS)]


class RegisterType(StrEnum):
    """Type of a value in its registers."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    FLOAT32 = "float32"

    @property
    def words(self) -> int:
        return 1 if self in {RegisterType.INT16, RegisterType.UINT16} else 2


class Words(msgspec.Struct, frozen=True):
    """Registers of a response from `address` on, high byte first."""

    address: int
    data: bytes

    def at(self, address: int, count: int = 1) -> bytes | None:
        """Return the bytes of `count` registers; None when they are not all in the response."""
        start = 2 * (address - self.address)
        data = self.data[start : start + 2 * count] if start >= 0 else b""
        return data if len(data) == 2 * count else None

    def number(self, address: int, count: int = 1) -> int | None:
        """Return `count` registers as an unsigned number; None when they are not all in the response."""
        data = self.at(address, count)
        return None if data is None else int.from_bytes(data, "big")


class UnitRegister(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The register that holds the unit of a value, and the unit for each number in it."""

    address: Address
    units: dict[int, str]


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One or two status words, and the bits that mean that there is no value: bit, counted from 0 → reason."""

    address: Address
    faults: dict[Annotated[int, Meta(ge=0, le=31)], Reason]
    count: Literal[1, 2] = 1


class Doubt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span of values, ends included, that may stand for a fault: the number is kept, and is UNCERTAIN."""

    span: tuple[float, float]
    reason: Reason


class Register(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of the device: the 17 keys of a register in the map, explained in drivers/probes/register_map.py."""

    channel: Annotated[str, Meta(min_length=1)]
    quantity: Quantity
    unit: str
    function: Annotated[int, Meta(ge=3, le=4)]
    address: Address
    type: RegisterType
    count: int = 1
    order: Literal["high_first", "low_first"] = "high_first"
    scale: float = 1.0
    decimals: Decimals | None = None
    decimals_at: Address | None = None
    unit_at: UnitRegister | None = None
    status: Status | None = None
    digits: tuple[int, int] | None = None
    range: tuple[float, float] | None = None
    doubts: tuple[Doubt, ...] = ()
    faults: dict[int, Reason] = {}

    @property
    def addresses(self) -> list[int]:
        """Addresses of the value, and of the decimal point, unit and status beside it."""
        needed = [*range_of(self.address, self.count)]
        if self.decimals_at is not None:
            needed.append(self.decimals_at)
        if self.unit_at is not None:
            needed.append(self.unit_at.address)
        if self.status is not None:
            needed += range_of(self.status.address, self.status.count)
        return needed

    def read(self, words: Words, device: str) -> Reading | None:
        """Decode the value; None when the response does not hold its registers."""
        data = words.at(self.address, self.count)
        if data is None:
            return None
        raw = self._raw(data)
        reason = Reason.SENSOR_FAILURE if raw is None else self._fault(raw, words)
        value = None if raw is None else self._value(raw, words)
        if reason is None and value is None:
            reason = Reason.MALFORMED
        if reason is not None or raw is None or value is None:
            return self.fault(device, reason or Reason.MALFORMED)
        doubt = self._doubt(raw, value)
        return self._reading(device, float(value), Quality.UNCERTAIN if doubt else Quality.GOOD, doubt)

    def fault(self, device: str, reason: Reason) -> Reading:
        """Return a BAD reading."""
        return self._reading(device, None, Quality.BAD, reason)

    def _reading(self, device: str, value: float | None, quality: Quality, reason: Reason | None) -> Reading:
        return Reading(
            device=device,
            channel=self.channel,
            quantity=self.quantity,
            value=value,
            unit=UNIT_OF[self.quantity],
            quality=quality,
            reason=reason,
        )

    def _raw(self, data: bytes) -> Decimal | None:
        if self.order == "low_first":
            data = data[2:] + data[:2]
        if self.type is RegisterType.FLOAT32:
            return float32(data)
        signed = self.type in {RegisterType.INT16, RegisterType.INT32}
        return Decimal(int.from_bytes(data, "big", signed=signed))

    def _fault(self, raw: Decimal, words: Words) -> Reason | None:
        if self.status is not None and (bits := words.number(self.status.address, self.status.count)) is not None:
            for bit, reason in self.status.faults.items():
                if bits >> bit & 1:
                    return reason
        return self.faults.get(int(raw)) if raw == raw.to_integral_value() else None

    def _value(self, raw: Decimal, words: Words) -> Decimal | None:
        """The value in the unit of UNIT_OF; None when its decimal point or its unit is missing, or makes no sense."""
        unit, places = self._unit(words), self._places(words)
        if unit is None or places is None:
            return None
        return unit.convert(raw * exact(self.scale) if places < 0 else raw.scaleb(-places))

    def _places(self, words: Words) -> int | None:
        """Decimal places; -1 when `scale` is used instead."""
        places = None if self.decimals_at is None else words.number(self.decimals_at)
        if places is not None:
            return places if places <= MOST_DECIMALS else None
        if self.decimals is not None:
            return self.decimals
        return -1 if self.decimals_at is None else None

    def _unit(self, words: Words) -> Unit | None:
        code = None if self.unit_at is None else words.number(self.unit_at.address)
        if self.unit_at is None or code is None:
            return unit_of(self.quantity, self.unit)
        return unit_of(self.quantity, self.unit_at.units.get(code, ""))

    def _doubt(self, raw: Decimal, value: Decimal) -> Reason | None:
        beyond = self.digits is not None and not self.digits[0] <= raw <= self.digits[1]
        if beyond or (self.range is not None and not exact(self.range[0]) <= value <= exact(self.range[1])):
            return Reason.OUT_OF_RANGE
        for doubt in self.doubts:
            if exact(doubt.span[0]) <= value <= exact(doubt.span[1]):
                return doubt.reason
        return None


def range_of(address: int, count: int) -> range:
    """Return the addresses of `count` registers."""
    return range(address, address + count)


def unit_of(quantity: Quantity, name: str) -> Unit | None:
    """Look up a unit of the quantity; None when there is none of that name."""
    if name == UNIT_OF[quantity]:
        return OWN_UNIT[quantity]
    unit = UNITS.get(name)
    return unit if unit is not None and unit.quantity is quantity else None


def float32(data: bytes) -> Decimal | None:
    """Return the shortest decimal of an IEEE 754 number; None for infinity and NaN."""
    value = struct.unpack(">f", data)[0]
    if not math.isfinite(value):
        return None
    for digits in FLOAT32_DIGITS:
        text = f"{value:.{digits}g}"
        if struct.pack(">f", float(text)) == data:
            break
    return Decimal(text)
