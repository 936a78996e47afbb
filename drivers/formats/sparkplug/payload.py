"""Read the payload of Sparkplug B (eclipse-sparkplug/sparkplug: Sparkplug_6_Payloads.adoc, §6.4): metrics and values.

    Payload        1 timestamp ms  2 metrics…  3 seq
    Metric         1 name  2 alias  3 timestamp ms  4 datatype  5 is_historical  7 is_null  9 properties
                   10 int  11 long  12 float  13 double  14 boolean  15 string …
    PropertySet    1 keys…  2 values…
    PropertyValue  1 type  2 is_null  3 int  4 long  8 string …

Int8 to Int64 are sent in the unsigned fields as two's complement, so without the datatype −1 looks like 4294967295.
A metric that was announced in a birth may leave its datatype out.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.formats.common.protobuf import FIXED32, FIXED64, ProtobufField, ProtobufMessage, put_bytes, put_integer
from drivers.reading import Reason

INT, LONG, FLOAT, DOUBLE = 10, 11, 12, 13
VALUES = range(INT, 20)

INTEGERS: Mapping[int, tuple[int, bool]] = {
    1: (8, True),
    2: (16, True),
    3: (32, True),
    4: (64, True),
    5: (8, False),
    6: (16, False),
    7: (32, False),
    8: (64, False),
}
"""Datatype → bits, signed."""
FLOATS: Mapping[int, tuple[int, int, str]] = {9: (FLOAT, FIXED32, "<f"), 10: (DOUBLE, FIXED64, "<d")}
"""Datatype → field, wire type, layout."""
BOOLEAN = 11

QUALITY = "Quality"
ENGINEERING_UNIT = "engUnit"
"""Ignition's name for the unit, which the specification leaves open."""
REBIRTH = "Node Control/Rebirth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric; None for fields that were left out. `timestamp` is in milliseconds."""

    name: str | None
    alias: int | None
    timestamp: int | None
    datatype: int | None
    historical: bool
    null: bool
    quality: int | None
    unit: str | None
    value: ProtobufField | None


@dataclass(frozen=True, slots=True)
class Payload:
    """The payload of a message; None for fields that were left out. `timestamp` is in milliseconds."""

    timestamp: int | None
    seq: int | None
    metrics: tuple[Metric, ...]

    def integer(self, name: str) -> int | None:
        """Return the value of an integer metric such as bdSeq; None when there is none."""
        for metric in self.metrics:
            if metric.name == name and metric.value is not None and isinstance(metric.value.value, int):
                return metric.value.value
        return None


def read_payload(message: bytes) -> Payload:
    """Read the payload of a message.

    Raises:
        DecodeError: it is not protobuf, or not that of Sparkplug.
    """
    fields = ProtobufMessage(message)
    return Payload(fields.integer(1), fields.integer(3), tuple(_metric(each) for each in fields.messages(2)))


def rebirth_payload(now: int) -> bytes:
    """Build the payload that requests a new birth from an edge node; `now` in UTC microseconds."""
    milliseconds = now // 1000
    metric = (
        put_bytes(1, REBIRTH.encode()) + put_integer(3, milliseconds) + put_integer(4, BOOLEAN) + put_integer(14, 1)
    )
    return put_integer(1, milliseconds) + put_bytes(2, metric)


def number_of(value: ProtobufField | None, datatype: int | None) -> Decimal | Reason:
    """Return the number of a metric, or the reason why it has none."""
    if value is None or datatype is None:
        return Reason.MALFORMED
    if datatype in INTEGERS and value.number in {INT, LONG} and isinstance(value.value, int):
        return _integer(value.value, 64 if value.number == LONG else 32, *INTEGERS[datatype])
    field, wire, layout = FLOATS.get(datatype, (0, 0, ""))
    if (value.number, value.wire) == (field, wire) and isinstance(value.value, bytes):
        return _float(value.value, layout)
    return Reason.MALFORMED


def _metric(fields: ProtobufMessage) -> Metric:
    properties = _properties(fields)
    quality = properties[QUALITY].integer(3) if QUALITY in properties else None
    if quality is None and QUALITY in properties:
        quality = properties[QUALITY].integer(4)
    unit = properties[ENGINEERING_UNIT].text(8) if ENGINEERING_UNIT in properties else None
    return Metric(
        name=fields.text(1) or None,
        alias=fields.integer(2),
        timestamp=fields.integer(3),
        datatype=fields.integer(4),
        historical=fields.flag(5),
        null=fields.flag(7),
        quality=quality,
        unit=unit,
        value=fields.last(*VALUES),
    )


def _properties(fields: ProtobufMessage) -> dict[str, ProtobufMessage]:
    properties: dict[str, ProtobufMessage] = {}
    for each in fields.messages(9):
        properties |= zip(each.texts(1), each.messages(2), strict=False)
    return properties


def _integer(sent: int, width: int, bits: int, signed: bool) -> Decimal | Reason:
    raw = sent & (1 << width) - 1
    low = raw & (1 << bits) - 1
    value = low - (1 << bits) if signed and low >> (bits - 1) else low
    # sent with the bits of its own size, or extended by its sign
    whole = bits <= width and raw in {low, value & (1 << width) - 1}
    return Decimal(value) if whole else Reason.MALFORMED


def _float(data: bytes, layout: str) -> Decimal | Reason:
    value: float = struct.unpack(layout, data)[0]
    if not math.isfinite(value):
        return Reason.SENSOR_FAILURE
    if layout == "<d":
        return Decimal(repr(value))
    shortest = next(text for text in (f"{value:.{digits}g}" for digits in range(6, 10)) if _is_float32(text, data))
    return Decimal(shortest)


def _is_float32(text: str, data: bytes) -> bool:
    try:
        return struct.pack("<f", float(text)) == data
    except OverflowError:  # rounded up beyond the largest float32
        return False
