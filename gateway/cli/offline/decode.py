"""What the drivers make of some bytes or one message, offline. Anything in the registry can be asked for by its name.

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
class Message:
    """One message, frame or answer; `topic` is "" where there is none."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be decoded, and how.

    Attributes:
        protocol: id of a scale's protocol, else "".
        format: id of anything else.
        message: what to decode.
        settings: of the driver.
        context: what the driver heard before; nothing is told of it.
    """

    protocol: str = ""
    format: str = ""
    message: Message
    settings: Mapping[str, object] = field(default_factory=dict)
    context: Sequence[Message] = ()


def decode(question: Question) -> object:
    """Answer as drawn at the top.

    Raises:
        InputError: no such protocol, format or setting.
    """
    try:
        if question.protocol:
            return _weighed(question)
        listener = _listener(question)
        for earlier in question.context:
            _heard(listener, earlier)
        return _told(listener(question.message))
    except ConfigurationError as error:
        raise InputError("", str(error)) from error
    except DecodeError as error:
        return {"error": error.reason, "message": str(error)}


def answer(fields: Fields) -> object:
    """The same, asked with one JSON object.

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
        Question(
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


def message_of(fields: Fields, format_id: str) -> Message:
    """The message of `topic` with `payload` or `hex`. Formats that are no text take hex digits in `payload`, too.

    Raises:
        InputError: neither, or no hex.
    """
    topic = _text(fields, "topic")
    if fields.get("hex") is not None:
        return Message(topic, from_hex(_text(fields, "hex"), fields.at("hex")))
    if fields.get("payload") is None:
        raise InputError(fields.at("hex"), "is missing, and so is payload")
    payload = _text(fields, "payload")
    if _is_binary(format_id):
        return Message(topic, from_hex(payload, fields.at("payload")))
    return Message(topic, payload.encode("utf-8", "surrogatepass"))


def from_hex(text: str, place: str) -> bytes:
    """Bytes of hex digits, blanks and colons between them.

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
    """Ids of all scales."""
    return tuple(name for name, found in DRIVERS.items() if isinstance(found, StreamEntry) and found.weigh)


def formats() -> tuple[str, ...]:
    """Ids of everything else."""
    names: list[str] = []
    for name, found in DRIVERS.items():
        if isinstance(found, BusEntry):
            names += (f"{name}:{each}" for each in found.maps)
        elif not isinstance(found, StreamEntry) or not found.weigh:
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
    found = DRIVERS.get(format_id.partition(":")[0]) if format_id not in DRIVERS else DRIVERS[format_id]
    return isinstance(found, BusEntry) or (isinstance(found, MessageEntry) and found.binary)


def _unknown(noun: str, name: str, known: Sequence[str], others: Sequence[str], other_noun: str) -> InputError:
    if name in others:
        return InputError(noun, f'"{name}" is a {other_noun}: ask with --{other_noun}')
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    remedy = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}"
    return InputError(noun, f'there is no {noun} "{name}"; {remedy}')


# A scale


def _weighed(question: Question) -> dict[str, object]:
    found = DRIVERS.get(question.protocol)
    if not isinstance(found, StreamEntry) or found.weigh is None:
        raise _unknown("protocol", question.protocol, protocols(), formats(), "format")
    settings = read_settings(settings_of(found), question.settings, question.protocol)
    weighing = found.weigh(question.message.payload, settings)
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


Listener = Callable[[Message], Results]


def _listener(question: Question) -> Listener:
    """What decodes the messages of a format; it raises DecodeError for one that is no reading."""
    name, _, rest = question.format.partition(":")
    found = DRIVERS.get(question.format) or DRIVERS.get(name)
    match found:
        case MessageEntry() if question.format in DRIVERS:
            return _format(question, found)
        case BusEntry() if rest in found.maps:
            return _modbus(question, found, rest)
        case FileEntry() if not rest:
            return _w1(question, found)
        case StreamEntry(weigh=None) if not rest:
            settings = read_settings(found.settings, question.settings, question.format)
            return _lines(found.build(question.message.topic, **settings))
        case _:
            raise _unknown("format", question.format, formats(), protocols(), "protocol")


def _format(question: Question, found: MessageEntry) -> Listener:
    settings = read_settings(settings_of(found), question.settings, question.format)
    driver = found.build(settings) if found.settings else found.build()
    return lambda message: driver.decode(message.topic, message.payload)


def _modbus(question: Question, found: BusEntry, register_map: str) -> Listener:
    settings = read_settings({**found.settings, **SLAVE}, question.settings, question.format)
    device = found.build("", register_map, slave=settings.pop("slave", None), **settings)
    if not isinstance(device, ModbusDevice):
        raise ConfigurationError(f"{question.format} cannot be decoded without its question")
    return lambda message: device.decode(message.payload)


def _w1(question: Question, found: FileEntry) -> Listener:
    known = {name: replace(setting, required=False) for name, setting in found.settings.items()}
    given = read_settings(known, question.settings, question.format)
    probes: dict[str, W1Probe] = {}

    def listen(message: Message) -> Results:
        topic = message.topic or given.get("address", "")
        address = match[0] if (match := ADDRESS.search(topic)) else topic
        if address not in probes:
            probes[address] = found.build(address, address=address, channel="" if address else "T")
        text = message.payload.decode("ascii", "replace")
        return [probes[address].read(text) if text.strip() else probes[address].lost()]

    return listen


def _lines(driver: Any) -> Listener:
    if not isinstance(driver, AsciiLine):
        raise ConfigurationError("this device's bytes cannot be decoded offline")
    return lambda message: driver.decode(message.payload)


def _heard(listener: Listener, earlier: Message) -> None:
    """Something before that was no reading is no matter now."""
    try:
        listener(earlier)
    except DecodeError:
        return


def _told(results: Results) -> object:
    """Readings, and what stands for one that was refused; a record of no quantity is told only when it is alone."""
    told = [_reading(each) if isinstance(each, Reading) else _set_aside(each) for each in _readable(results)]
    aside = next((each for each in results if isinstance(each, RejectedRecord)), None)
    if not told and aside is not None:
        return {"error": aside.reason, "message": aside.text}
    return told


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
    """UTC microseconds as ISO 8601 with Z; a fraction only when there is one."""
    return (EPOCH + timedelta(microseconds=at)).replace(tzinfo=None).isoformat() + "Z"
