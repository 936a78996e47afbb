"""Decode our own messages: SenML in JSON (RFC 8428) on `mbg/<kitchen>/<device>/<quantity>`.

    mbg/sppg-cimahi-03/chiller-1/temperature
    [{"bn":"chiller-1/","n":"temperature","u":"Cel","v":3.4,"t":1764000000.25}]

The name identifies a record, and the topic authorises it: `chiller-1/temperature` is channel `temperature` of device
`chiller-1`, and is rejected on a topic of another device. A name without `/` is a channel of the topic's device. The
unit determines the quantity. A record with another unit, or with text, booleans or bytes, is not a reading.
`…/<device>/status` carries `online` or `offline`; on `mbg/<kitchen>/alarm/…` the gateway itself publishes.

Resolution (§4.5): base fields are in force until they are replaced; values and times are added as exact decimals. A
time below 2^28 is relative to the arrival (§4.5.3). A time before 2000 comes from a clock that was never set.

A common message, with one record of plain labels, is decoded into a struct, which is fast. Any other message, also a
wrong one, is decoded by `drivers.formats.senml_pack`, which knows every rule. Both give the same readings.
"""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.common.json_text import LARGEST
from drivers.formats.senml_pack import Record, read_pack
from drivers.reading import UNIT_OF, Flag, Quality, Quantity, Reading, Reason
from drivers.values.device_time import CLOCK_SET, LAST_TIME, micros

ROOT = "mbg/"
ALARM = "alarm"
STATUS = "status"
ONLINE = {b"online": True, b"offline": False}
RELATIVE = 2**28  # seconds; a time below it is relative to now (§4.5.3)
REMEMBERED = 4_096  # names of records; a kitchen has hundreds
LONGEST_REMEMBERED = 256

# SenML unit → quantity, and the factor to the unit of UNIT_OF
QUANTITIES: dict[str, tuple[Quantity, Decimal]] = {
    "Cel": (Quantity.TEMPERATURE, Decimal(1)),
    "%RH": (Quantity.HUMIDITY, Decimal(1)),
    "kg": (Quantity.WEIGHT, Decimal(1)),
    "g": (Quantity.WEIGHT, Decimal("0.001")),
    "V": (Quantity.VOLTAGE, Decimal(1)),
    "%EL": (Quantity.BATTERY, Decimal(1)),
}


class Single(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The single record of a common message."""

    v: float
    n: str = ""
    u: str = ""
    bn: str = ""
    t: float = 0.0


class Target(NamedTuple):
    """The point that a record's value belongs to."""

    device: str
    channel: str
    quantity: Quantity
    unit: str


SINGLE = msgspec.json.Decoder(tuple[Single])


class SenmlJson:
    """MessageDriver of `senml-json`."""

    def __init__(self) -> None:
        self._targets: dict[tuple[str, str, str, str], Target] = {}

    def decode(
        self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None
    ) -> list[Reading | RejectedRecord]:
        """Decode one message; see drivers.contract.MessageDriver.

        Args:
            topic: of the message; "" when it is not known: then the names alone identify the device.
            payload: UTF-8, at most 64 KiB.
            retain: the broker's flag for an old message.
            at: arrival in UTC microseconds; a relative time becomes `measured_at` only with it.

        Raises:
            DecodeError: this is not a SenML pack, or a pack that cannot be used.
        """
        try:
            (single,) = SINGLE.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._decode_any(topic, payload, retain, at)
        target = self._targets.get((topic, single.bn, single.n, single.u))
        time = single.t
        rounded = round(time * 1e6)
        # Duplicate labels, and times finer than microseconds or of another kind, are rare and go the slow way.
        labels = 1 + bool(single.bn) + bool(single.n) + bool(single.u) + bool(time)
        plain = payload.count(b'":') == labels and len(payload) <= LARGEST and _is_plain(time, rounded)
        if target is None or not plain:
            return self._decode_any(topic, payload, retain, at)
        return [
            Reading(
                device=target.device,
                channel=target.channel,
                quantity=target.quantity,
                value=single.v,
                unit=target.unit,
                measured_at=rounded or None,
                flags=Flag.RETAINED if retain else Flag.NONE,
            )
        ]

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a device is online, by its status message or its last will; None for any other message."""
        return ONLINE.get(payload) if _is_status(topic) else None

    def _decode_any(self, topic: str, payload: bytes, retain: bool, at: int | None) -> list[Reading | RejectedRecord]:
        owner = _owner(topic)
        if owner == ALARM or _is_status(topic) or not payload:
            return []
        try:
            pack = read_pack(payload)
        except DecodeError as error:
            raise DecodeError(f"{topic or 'message'}: {error}", raw=payload[:LARGEST]) from error
        results: list[Reading | RejectedRecord] = []
        for record in pack:
            if isinstance(record, Record):
                results += self._resolve(topic, owner, record, retain, at)
            else:
                results.append(RejectedRecord(device=owner, name="", reason=Reason.MALFORMED, text=record))
        return results

    def _resolve(
        self, topic: str, owner: str, record: Record, retain: bool, at: int | None
    ) -> list[Reading | RejectedRecord]:
        quantity, factor = QUANTITIES.get(record.unit, (None, Decimal(1)))
        if quantity is None or not record.measures:
            return []
        device, _, channel = record.name.partition("/")
        if owner and not channel and "/" not in record.name:
            device, channel = owner, record.name
        if owner and device != owner:
            text = f'"{record.name}" came on a topic of {owner}: a device publishes its own values'
            reason = Reason.NAME_MISMATCH
            return [RejectedRecord(device=owner, name=record.name, reason=reason, text=text, quantity=quantity)]
        target = Target(device, channel, quantity, UNIT_OF[quantity])
        if factor == 1:
            self._remember((topic, record.base_name, record.own_name, record.unit), target)
        return [_reading(target, record, factor, retain, at)]

    def _remember(self, key: tuple[str, str, str, str], target: Target) -> None:
        if sum(map(len, key)) > LONGEST_REMEMBERED:
            return
        if len(self._targets) >= REMEMBERED:
            self._targets.clear()
        self._targets[key] = target


def _owner(topic: str) -> str:
    """Device of a topic of ours; "" for any other topic."""
    if not topic.startswith(ROOT):
        return ""
    levels = topic.split("/")
    if len(levels) < 4 or not all(levels):
        raise DecodeError(f"{topic}: our topics are mbg/<kitchen>/<device>/<quantity>")
    return levels[2]


def _is_status(topic: str) -> bool:
    levels = topic.split("/")
    return topic.startswith(ROOT) and len(levels) == 4 and levels[3] == STATUS


def _is_plain(time: float, rounded: int) -> bool:
    """Whether there is no time, or an absolute one that the double holds to the microsecond."""
    return time == 0 or (CLOCK_SET <= time < LAST_TIME and rounded / 1e6 == time)


def _reading(target: Target, record: Record, factor: Decimal, retain: bool, at: int | None) -> Reading:
    measured_at, clock_invalid = _device_time(record.time, at)
    missing = record.value is None
    reason = Reason.SENSOR_FAILURE if missing else Reason.CLOCK_INVALID if clock_invalid else None
    quality = Quality.BAD if missing else Quality.UNCERTAIN if clock_invalid else Quality.GOOD
    relative = measured_at is not None and record.time < RELATIVE
    return Reading(
        device=target.device,
        channel=target.channel,
        quantity=target.quantity,
        value=None if record.value is None else float(record.value * factor),
        unit=target.unit,
        measured_at=measured_at,
        quality=quality,
        reason=reason,
        flags=(Flag.RETAINED if retain else Flag.NONE) | (Flag.RELATIVE if relative else Flag.NONE),
    )


def _device_time(time: Decimal, at: int | None) -> tuple[int | None, bool]:
    """UTC microseconds (None for the time of arrival), and whether the device's clock was never set."""
    if time < RELATIVE:
        if time == 0 or at is None:
            return None, False
        device_time = at + micros(time)
        return (device_time, False) if device_time >= CLOCK_SET * 1_000_000 else (None, True)
    if not CLOCK_SET <= time < LAST_TIME:
        return None, True
    return micros(time), False
