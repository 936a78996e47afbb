"""Decode messages of Zigbee2MQTT (Koenkk/zigbee2mqtt: lib/mqtt.ts, lib/extension/availability.ts,
lib/util/settings.ts).

    zigbee2mqtt/<friendly name>               {"temperature":4.1,"humidity":61,"battery":88,"linkquality":120}
    zigbee2mqtt/<friendly name>/availability  {"state":"offline"}; in old versions the plain text
    zigbee2mqtt/bridge/state                  {"state":"online"}

The device is the friendly name, which may contain `/`. Units are °C, %RH, hPa and mV. A key is null until the device
has reported it for the first time.

The bridge has a cache, and sends all of it whenever one value changes, and again when it starts. A cached value is not
a new measurement, and is marked as repeated:
- with `last_seen` (a setting of the bridge, recommended): when it has not advanced since the last message;
- without: when the value is that of the last message. A steady value then looks like a dead sensor.
After `bridge/state` was online, the first message without `last_seen` is from the cache, whatever its values.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, text
from drivers.formats.common.json_text import read_json
from drivers.formats.common.memory import BoundedDict
from drivers.reading import Flag, Reading
from drivers.values.device_time import UNKNOWN, DeviceTime, from_seconds, from_text
from drivers.values.numbers import number
from drivers.values.reading_builder import ReadingBuilder, percent
from drivers.values.units import CELSIUS, HECTOPASCAL, LINK_QUALITY, MILLIVOLT, PERCENT, PERCENT_RH, Unit

BASE = "zigbee2mqtt"
ONLINE = {"online": True, "offline": False}
MEASURED: Mapping[str, Unit] = {
    "temperature": CELSIUS,
    "humidity": PERCENT_RH,
    "pressure": HECTOPASCAL,
    "voltage": MILLIVOLT,
}
NOT_DEVICES = ("/set", "/get")

Values = dict[str, Any]


class Zigbee2Mqtt(MessageFormat):
    """MessageDriver of `zigbee2mqtt`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `base`, the bridge's base topic (default zigbee2mqtt)."""
        super().__init__()
        self._base = text(settings, "base", BASE).rstrip("/") + "/"
        self._last: BoundedDict[str, Values] = BoundedDict()
        self._seen: BoundedDict[str, DeviceTime] = BoundedDict()
        self._bridge_started = False
        self._sent_since_start: BoundedDict[str, bool] = BoundedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        return (self._base + "#",)

    def device(self, topic: str, /) -> str:
        name = self._name(topic)
        return "" if name.startswith("bridge/") else name.removesuffix("/availability")

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a device, or the bridge with all devices, is online; None for any other message."""
        name = self._name(topic) if topic.startswith(self._base) else ""
        if name != "bridge/state" and not name.endswith("/availability"):
            return None
        try:
            document = read_json(payload).value
        except DecodeError:
            document = payload.decode("ascii", "replace")
        state = document.get("state") if isinstance(document, dict) else document
        return ONLINE.get(state) if isinstance(state, str) else None

    def decode(self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None) -> Results:
        """See drivers.contract.MessageDriver."""
        if topic == self._base + "bridge/state" and not retain and self.status(topic, payload):
            self._bridge_started = True
            self._sent_since_start.forget()
        return super().decode(topic, payload, retain=retain, at=at)

    def _lost(self, topic: str) -> list[Reading]:
        if self._name(topic) == "bridge/state":
            return self._channels.all_lost()
        return super()._lost(topic)

    def _name(self, topic: str) -> str:
        if topic and not topic.startswith(self._base):
            raise DecodeError(f"not below {self._base}: is base set as in the bridge?")
        return topic.removeprefix(self._base)

    def _read(self, message: IncomingMessage) -> Results:
        name = self._name(message.topic)
        if name.startswith("bridge/") or name.endswith((*NOT_DEVICES, "/availability")):
            return []
        values, warnings = read_object(message.payload, name)
        device_time = _device_time(values.get("last_seen"))
        cached = self._is_cached(name, device_time)
        last = self._last.get(name) or {}
        self._last.put(name, last | {key: values[key] for key in MEASURED if key in values})
        builder = ReadingBuilder(
            device=name, device_time=device_time, flags=message.flags, battery=percent(values.get("battery"))
        )
        results: Results = []
        for key, unit in MEASURED.items():
            if key in values:
                repeated = cached or (device_time.at is None and key in last and _is_same(last[key], values[key]))
                flags = Flag.REPEATED if repeated and values[key] is not None else Flag.NONE
                results.append(builder.reading("", values[key], unit, flags=flags))
        if "linkquality" in values:
            flags = Flag.REPEATED if cached and values["linkquality"] is not None else Flag.NONE
            results.append(builder.reading("", values["linkquality"], LINK_QUALITY, flags=flags))
        if not results and percent(values.get("battery")) is not None:
            results.append(builder.reading("", values["battery"], PERCENT))
        return [*results, *warnings]

    def _is_cached(self, name: str, device_time: DeviceTime) -> bool:
        """Whether a message comes from the bridge's cache, not from the device."""
        first_since_start = self._bridge_started and self._sent_since_start.get(name) is None
        self._sent_since_start.put(name, True)
        if device_time.at is None:
            return first_since_start
        before = self._seen.get(name)
        self._seen.put(name, device_time)
        return before is not None and before.at is not None and device_time.at <= before.at


def _device_time(last_seen: object) -> DeviceTime:
    """Time of the device's last report: milliseconds since 1970, or a text with an offset."""
    if last_seen is None:
        return UNKNOWN
    return from_text(last_seen) if isinstance(last_seen, str) else from_seconds(last_seen, a_second=1000)


def _is_same(before: object, now: object) -> bool:
    value: Decimal | None = number(now)
    return value is not None and value == number(before)
