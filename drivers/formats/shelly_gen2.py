"""Decode messages of Shelly devices from Gen2 on (Shelly API documentation, Gen2: Mqtt, Notifications, Temperature,
Humidity, DevicePower, Voltmeter; Shelly Sensor Add-On).

    <prefix>/events/rpc             {"src":"shellyplusht-b8d61a8b17cc","method":"NotifyStatus",
                                     "params":{"ts":1680962879.62,"temperature:0":{"id":0,"tC":19.8,"tF":67.6}}}
    <prefix>/status/temperature:0   {"id":0,"tC":19.8,"tF":67.6}
    <prefix>/online                 true | false

NotifyStatus carries the values that changed, NotifyFullStatus all values. Components 100 to 199 are probes of the
add-on, lower numbers are built in. The temperature inside a `switch:0` is that of its chip. A probe that cannot be read
has `tC` null and `errors`. The device is `src`, since its owner can change the prefix. Right after waking,
`sys.unixtime` is null: the clock is not set yet, and `ts` is invalid.
"""

from collections.abc import Iterator
from typing import Any

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.memory import LONGEST, BoundedDict
from drivers.reading import Reading, Reason
from drivers.values.device_time import NEVER_SET, UNKNOWN, DeviceTime, from_seconds
from drivers.values.reading_builder import ReadingBuilder, percent
from drivers.values.units import CELSIUS, DBM, FAHRENHEIT, PERCENT, PERCENT_RH, VOLT, Unit

ONLINE = {b"true": True, b"false": False}
RPC = "/events/rpc"
STATUS = "/status/"
NOTIFICATIONS = ("NotifyStatus", "NotifyFullStatus")
# component → its values in order of preference, each with its unit
MEASURED: dict[str, tuple[tuple[str, Unit], ...]] = {
    "temperature": (("tC", CELSIUS), ("tF", FAHRENHEIT)),
    "humidity": (("rh", PERCENT_RH),),
    "voltmeter": (("voltage", VOLT),),
    "wifi": (("rssi", DBM),),
}
POWER = "devicepower"


class ShellyGen2(MessageFormat):
    """MessageDriver of `shelly-gen2`."""

    def __init__(self) -> None:
        super().__init__()
        self._source: BoundedDict[str, str] = BoundedDict()
        self._charge: BoundedDict[str, float] = BoundedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        return ("+" + RPC, "+" + STATUS + "+", "+/online")

    def device(self, topic: str, /) -> str:
        for ending in (RPC, "/online"):
            if topic.endswith(ending):
                return self._of_prefix(topic.removesuffix(ending))
        prefix, status, _ = topic.rpartition(STATUS)
        return self._of_prefix(prefix) if status else ""

    def _of_prefix(self, prefix: str) -> str:
        """Name that a device gives itself; its prefix until it has sent one."""
        return self._source.get(prefix) or prefix

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a device is online, by its status message or its last will; None for any other message."""
        return ONLINE.get(payload) if topic.endswith("/online") else None

    def _read(self, message: IncomingMessage) -> Results:
        topic = message.topic
        if topic.endswith(RPC) or not topic:
            return self._notified(message)
        prefix, status, component = topic.rpartition(STATUS)
        if not status:
            return []
        device = self._of_prefix(prefix)
        values, warnings = read_object(message.payload, device)
        return [*self._readings(message, device, {component: values}, UNKNOWN), *warnings]

    def _notified(self, message: IncomingMessage) -> Results:
        frame, warnings = read_object(message.payload, self.device(message.topic))
        if frame.get("method") not in NOTIFICATIONS:
            return warnings
        source, params = frame.get("src"), frame.get("params")
        if not isinstance(source, str) or not 0 < len(source) <= LONGEST or not isinstance(params, dict):
            raise DecodeError("a notification without src or params")
        self._source.put(message.topic.removesuffix(RPC), source)
        return [*self._readings(message, source, params, _device_time(params)), *_named(warnings, source)]

    def _readings(
        self, message: IncomingMessage, device: str, params: dict[str, Any], device_time: DeviceTime
    ) -> list[Reading]:
        components = {name: values for name, values in params.items() if isinstance(values, dict)}
        self._note_charge(device, components)
        builder = ReadingBuilder(
            device=device, device_time=device_time, flags=message.flags, battery=self._charge.get(device)
        )
        readings: list[Reading] = []
        for name, values in components.items():
            readings += _component(builder, name, values)
        if not readings:
            readings += _charge_alone(builder, components)
        return readings

    def _note_charge(self, device: str, components: dict[str, dict[str, Any]]) -> None:
        for name, values in components.items():
            charge = percent(_battery(name, values).get("percent"))
            if charge is not None:
                self._charge.put(device, charge)


def _named(warnings: Results, source: str) -> Iterator[RejectedRecord]:
    """Give the device of a notification to its warnings."""
    for warning in warnings:
        if isinstance(warning, RejectedRecord):
            yield RejectedRecord(device=source, name="", reason=warning.reason, text=warning.text)


def _device_time(params: dict[str, Any]) -> DeviceTime:
    system = params.get("sys")
    if isinstance(system, dict) and any(key in system and system[key] is None for key in ("unixtime", "time")):
        return NEVER_SET
    return from_seconds(params.get("ts"))


def _component(builder: ReadingBuilder, name: str, values: dict[str, Any]) -> Iterator[Reading]:
    kind = name.partition(":")[0]
    errors = values.get("errors")
    failed = Reason.SENSOR_FAILURE if errors else None
    wanted = MEASURED.get(kind, ())
    for key, unit in wanted:
        if key in values:
            yield builder.reading(name, values[key], unit, reason=failed)
            return
    if wanted and failed:
        yield builder.reading(name, None, wanted[0][1], reason=failed)
    volts = _battery(name, values).get("V")
    if volts is not None:
        yield builder.reading(name, volts, VOLT)


def _charge_alone(builder: ReadingBuilder, components: dict[str, dict[str, Any]]) -> Iterator[Reading]:
    for name, values in components.items():
        if (charge := _battery(name, values).get("percent")) is not None:
            yield builder.reading(name, charge, PERCENT)


def _battery(name: str, values: dict[str, Any]) -> dict[str, Any]:
    battery = values.get("battery") if name.partition(":")[0] == POWER else None
    return battery if isinstance(battery, dict) else {}
