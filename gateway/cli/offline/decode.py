"""Decode some bytes or one message offline, by any driver of the registry.

    scales    {"weight": "12.340", "unit": "kg", "stable": true, "net": false, "overload": false, "error": null}
    others    [{"sensor", "quantity", "value", "unit", "time", "battery", "quality", "reason"}, …]
              quality: good; suspect, the number kept, not to be trusted; fault, no number; history, kept by the device
              and sent late
    neither   {"error": one word, "message": one sentence}

A weight is the decimal text of the frame; all other values are numbers in the unit that stands beside them.
"""

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from drivers.contract import RejectedRecord
from drivers.errors import ConfigurationError, DecodeError
from drivers.probes.ascii_line import AsciiLine
from drivers.probes.modbus import ModbusDevice
from drivers.probes.w1 import ADDRESS, W1Probe
from drivers.reading import UNIT_OF, Flag, Quality, Reading, Reason
from drivers.registry import DRIVERS, BusEntry, FileEntry, MessageEntry, StreamEntry, settings_of
from drivers.scales.common.weighing import Weighing
from drivers.settings import Setting, SettingKind, Settings, read_settings
from gateway.haccp.limits.fields import Fields, InputError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Results = Sequence[Reading | RejectedRecord]
SLAVE: Settings = {"slave": Setting("Modbus address", kind=SettingKind.WHOLE, lowest=1, highest=247)}
# A weighing that failed in one of these ways says nothing else.
NOTHING_ELSE = frozenset(
    {
        Reason.BUSY,
        Reason.SYNTAX,
        Reason.TRANSMISSION,
        Reason.CHECKSUM,
        Reason.FRAMING,
        Reason.PARITY,
        Reason.NOT_WEIGHT,
    }
)


@dataclass(frozen=True, slots=True)
class DecodeMessage:
    """Hold one message, frame or response; `topic` is "" if there is none."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeRequest:
    """Say what to decode, and how.

    Attributes:
        protocol: id of a scale's protocol, else "".
        format: id of anything else.
        message: what to decode.
        settings: of the driver.
        context: what the driver heard before; nothing is told of it.
    """

    protocol: str = ""
    format: str = ""
    message: DecodeMessage
    settings: Mapping[str, object] = field(default_factory=dict)
    context: Sequence[DecodeMessage] = ()


def decode(request: DecodeRequest) -> object:
    """Decode one message; the answer has the form at the top of this file.

    Raises:
        InputError: no such protocol, format or setting.
    """
    try:
        if request.protocol:
            return _weighed(request)
        listener = _listener(request)
        for earlier in request.context:
            _take_earlier(listener, earlier)
        return _answer_of(listener(request.message))
    except ConfigurationError as error:
        raise InputError("", str(error)) from error
    except DecodeError as error:
        return {"error": error.reason, "message": str(error)}


def answer(fields: Fields) -> object:
    """Decode what one JSON object asks for.

    Raises:
        InputError: it cannot be used.
    """
    protocol, format_id = (_text(fields, key) for key in ("protocol", "format"))
    if bool(protocol) == bool(format_id):
        raise InputError("", "name either a protocol or a format")
    settings = fields.get("set") or {}
    if not isinstance(settings, Mapping):
        raise InputError(fields.at("set"), "is not an object")
    earlier = fields.items("context") if fields.get("context") is not None else []
    return decode(
        DecodeRequest(
            protocol=protocol,
            format=format_id,
            message=message_of(fields, format_id),
            settings=settings,
            context=[
                message_of(Fields(each, folder=fields.folder, place=f"context[{index}]"), format_id)
                for index, each in enumerate(earlier)
            ],
        )
    )


def message_of(fields: Fields, format_id: str) -> DecodeMessage:
    """Read the message: `topic` with `payload` or `hex`. Binary formats take hex digits in `payload`, too.

    Raises:
        InputError: neither, or no hex.
    """
    topic = _text(fields, "topic")
    if fields.get("hex") is not None:
        return DecodeMessage(topic, from_hex(_text(fields, "hex"), fields.at("hex")))
    if fields.get("payload") is None:
        raise InputError(fields.at("hex"), "is missing, and so is payload")
    payload = _text(fields, "payload")
    if _is_binary(format_id):
        return DecodeMessage(topic, from_hex(payload, fields.at("payload")))
    return DecodeMessage(topic, payload.encode("utf-8", "surrogatepass"))


def from_hex(text: str, place: str) -> bytes:
    """Return the bytes of hex digits, with blanks or colons between them.

    Raises:
        InputError: they are none.
    """
    try:
        return bytes.fromhex(text.replace(":", " "))
    except ValueError:
        wrong = next((each for each in text if each not in string.hexdigits and each not in " :\t\r\n"), None)
        why = "two digits make a byte" if wrong is None else f"{wrong!r} is no digit of it"
        raise InputError(place, f"is not hex: {why}") from None


def protocols() -> tuple[str, ...]:
    """Return the ids of all scales."""
    return tuple(name for name, entry in DRIVERS.items() if isinstance(entry, StreamEntry) and entry.weigh)


def formats() -> tuple[str, ...]:
    """Return the ids of everything else."""
    names: list[str] = []
    for name, entry in DRIVERS.items():
        if isinstance(entry, BusEntry):
            names += (f"{name}:{each}" for each in entry.maps)
        elif not isinstance(entry, StreamEntry) or not entry.weigh:
            names.append(name)
    return tuple(names)


def _text(fields: Fields, key: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(fields.at(key), "is not a text")
    return value


def _is_binary(format_id: str) -> bool:
    entry = DRIVERS.get(format_id.partition(":")[0]) if format_id not in DRIVERS else DRIVERS[format_id]
    return isinstance(entry, BusEntry) or (isinstance(entry, MessageEntry) and entry.binary)


def _unknown(noun: str, name: str, names: Sequence[str], others: Sequence[str], other_noun: str) -> InputError:
    if name in others:
        return InputError(noun, f'"{name}" is a {other_noun}: ask with --{other_noun}')
    near = get_close_matches(name, names, n=1, cutoff=0.4)
    remedy = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(names)}"
    return InputError(noun, f'there is no {noun} "{name}"; {remedy}')


# A scale


def _weighed(request: DecodeRequest) -> dict[str, object]:
    entry = DRIVERS.get(request.protocol)
    if not isinstance(entry, StreamEntry) or entry.weigh is None:
        raise _unknown("protocol", request.protocol, protocols(), formats(), "format")
    settings = read_settings(settings_of(entry), request.settings, request.protocol)
    weighing = entry.weigh(request.message.payload, settings)
    if weighing.error in NOTHING_ELSE:
        weighing = Weighing(error=weighing.error)
    return {
        "weight": None if weighing.weight is None else format(weighing.weight, "f"),
        "unit": weighing.unit,
        "stable": weighing.stable,
        "net": weighing.net,
        "overload": weighing.overload,
        "error": weighing.error,
    }


# Everything else


Listener = Callable[[DecodeMessage], Results]


def _listener(request: DecodeRequest) -> Listener:
    """What decodes the messages of a format; it raises DecodeError for one that is no reading."""
    name, _, rest = request.format.partition(":")
    entry = DRIVERS.get(request.format) or DRIVERS.get(name)
    match entry:
        case MessageEntry() if request.format in DRIVERS:
            return _format(request, entry)
        case BusEntry() if rest in entry.maps:
            return _modbus(request, entry, rest)
        case FileEntry() if not rest:
            return _w1(request, entry)
        case StreamEntry(weigh=None) if not rest:
            settings = read_settings(entry.settings, request.settings, request.format)
            return _lines(entry.build(request.message.topic, **settings))
        case _:
            raise _unknown("format", request.format, formats(), protocols(), "protocol")


def _format(request: DecodeRequest, entry: MessageEntry) -> Listener:
    settings = read_settings(settings_of(entry), request.settings, request.format)
    driver = entry.build(settings) if entry.settings else entry.build()
    return lambda message: driver.decode(message.topic, message.payload)


def _modbus(request: DecodeRequest, entry: BusEntry, register_map: str) -> Listener:
    settings = read_settings({**entry.settings, **SLAVE}, request.settings, request.format)
    device = entry.build("", register_map, slave=settings.pop("slave", None), **settings)
    if not isinstance(device, ModbusDevice):
        raise ConfigurationError(f"{request.format} cannot be decoded without its request")
    return lambda message: device.decode(message.payload)


def _w1(request: DecodeRequest, entry: FileEntry) -> Listener:
    optional = {name: replace(setting, required=False) for name, setting in entry.settings.items()}
    settings = read_settings(optional, request.settings, request.format)
    probes: dict[str, W1Probe] = {}

    def listen(message: DecodeMessage) -> Results:
        topic = message.topic or settings.get("address", "")
        address = match[0] if (match := ADDRESS.search(topic)) else topic
        if address not in probes:
            probes[address] = entry.build(address, address=address, channel="" if address else "T")
        text = message.payload.decode("ascii", "replace")
        return [probes[address].read(text) if text.strip() else probes[address].lost()]

    return listen


def _lines(driver: Any) -> Listener:
    if not isinstance(driver, AsciiLine):
        raise ConfigurationError("this device's bytes cannot be decoded offline")
    return lambda message: driver.decode(message.payload)


def _take_earlier(listener: Listener, earlier: DecodeMessage) -> None:
    """Something before that was no reading is no matter now."""
    try:
        listener(earlier)
    except DecodeError:
        return


def _answer_of(results: Results) -> object:
    """Readings, and what stands for one that was refused; a record of no quantity is told only when it is alone."""
    answers = [_reading(each) if isinstance(each, Reading) else _set_aside(each) for each in _readable(results)]
    aside = next((each for each in results if isinstance(each, RejectedRecord)), None)
    if not answers and aside is not None:
        return {"error": aside.reason, "message": aside.text}
    return answers


def _readable(results: Results) -> Iterable[Reading | RejectedRecord]:
    return (each for each in results if isinstance(each, Reading) or each.quantity is not None)


def _reading(reading: Reading) -> dict[str, object]:
    return {
        "sensor": reading.sensor,
        "quantity": reading.quantity,
        "value": reading.value,
        "unit": reading.unit,
        "time": None if reading.measured_at is None else iso(reading.measured_at),
        "battery": reading.battery,
        "quality": _quality(reading),
        "reason": reading.reason,
    }


def _quality(reading: Reading) -> str:
    match reading.quality:
        case Quality.BAD:
            return "fault"
        case Quality.UNCERTAIN:
            return "suspect"
        case Quality.GOOD:
            return "history" if reading.flags & Flag.HISTORICAL else "good"


def _set_aside(record: RejectedRecord) -> dict[str, object]:
    return {
        "sensor": record.name or record.device,
        "quantity": record.quantity,
        "value": None,
        "unit": None if record.quantity is None else UNIT_OF[record.quantity],
        "time": None,
        "battery": None,
        "quality": "fault",
        "reason": record.reason,
    }


def iso(at: int) -> str:
    """Return UTC microseconds as ISO 8601 with Z; with a fraction only if there is one."""
    return (EPOCH + timedelta(microseconds=at)).replace(tzinfo=None).isoformat() + "Z"
