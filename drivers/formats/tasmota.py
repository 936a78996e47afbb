"""Decode messages of Tasmota boards (tasmota/docs: MQTT.md, DS18x20.md, MAX31855.md, DeepSleep.md, Commands.md).

    tele/kitchen/SENSOR  {"Time":"2021-01-02T09:09:44","DS18B20-1":{"Id":"00000566CC39","Temperature":13.3},
                          "AM2301":{"Temperature":24.6,"Humidity":58.2},"TempUnit":"C"}
    stat/kitchen/STATUS8 {"StatusSNS":{…}}      the same on request (STATUS10 in newer versions)
    tele/kitchen/STATE   {…,"Wifi":{"RSSI":86,"Signal":-57}}      RSSI is per cent, Signal dBm
    tele/kitchen/LWT     Online | Offline

The device is the board's topic. The channel is the probe's `Id`, else its key. Keys such as DS18B20-2 number the probes
by address and change when a probe is added or lost, so the `Id` has priority.

Dirt to survive: a lost probe repeats its last value for minutes and then leaves the message, which is noticed when
another sensor of the board stays; null; `Error` of a thermocouple (its ReferenceTemperature is that of the board, not
of the food); 85.0 of a DS18B20 after power-on, and 85.0 of hot food; °F; times without an offset; a message cut short,
from a board with more than 18 probes; boards that sleep, and are offline in between.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from drivers.errors import ConfigurationError, DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, text
from drivers.formats.common.memory import BoundedDict, missing
from drivers.reading import Flag, Quantity, Reading, Reason
from drivers.values.device_time import DeviceTime, from_seconds, from_text
from drivers.values.numbers import number
from drivers.values.reading_builder import DS18B20_FAULTS, ReadingBuilder, percent
from drivers.values.units import (
    CELSIUS,
    DBM,
    FAHRENHEIT,
    HECTOPASCAL,
    INCH_MERCURY,
    KILOGRAM,
    MM_MERCURY,
    PERCENT,
    PERCENT_RH,
    Unit,
)

FULL_TOPIC = "%prefix%/%topic%/"
ONLINE = {b"Online": True, b"Offline": False}
SENSORS = {"SENSOR", "STATUS8", "STATUS10"}
WAKE = "Deep-Sleep Wake"
CHIPS = ("ESP32",)  # the processor's own temperature
TEMPERATURES = ("Temperature", "ProbeTemperature")  # some firmware versions use the second for thermocouples
TEMPERATURE_UNITS = {"C": CELSIUS, "F": FAHRENHEIT}
PRESSURE_UNITS = {"hPa": HECTOPASCAL, "mmHg": MM_MERCURY, "inHg": INCH_MERCURY}
FIXED_UNITS = {"Humidity": PERCENT_RH, "Weight": KILOGRAM}
POWER_ON = Decimal(85)
POWER_ON_JUMP = 5
"""°C. A DS18B20 that measures 85.0 may be hot: the value is accepted when the last one was at most this far away."""
MOST_PROBES = 64

Channel = tuple[str, Quantity]


class Tasmota(MessageFormat):
    """MessageDriver of `tasmota`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `full_topic`, as the boards have it (default %prefix%/%topic%/).

        Raises:
            ConfigurationError: the full topic does not distinguish the boards.
        """
        super().__init__()
        self._full_topic = text(settings, "full_topic", FULL_TOPIC)
        self._pattern = _topic_pattern(self._full_topic)
        self._last: BoundedDict[tuple[str, str], Decimal] = BoundedDict()
        self._wired: BoundedDict[str, list[set[Channel]]] = BoundedDict()
        self._sleeping: BoundedDict[str, bool] = BoundedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        kinds = {"tele": ("SENSOR", "STATE", "LWT", "INFO3"), "stat": ("STATUS8", "STATUS10")}
        return tuple(f"{self._of(prefix)}/{kind}" for prefix, those in kinds.items() for kind in those)

    def _of(self, prefix: str) -> str:
        return re.sub("%[a-z]+%", "+", self._full_topic.replace("%prefix%", prefix)).rstrip("/")

    def device(self, topic: str, /) -> str:
        return self._parts(topic)[0]

    def _parts(self, topic: str) -> tuple[str, str]:
        """Board and kind of a message; without a topic, the kind is SENSOR."""
        if not topic:
            return "", "SENSOR"
        match = self._pattern.fullmatch(topic)
        if match is None:
            raise DecodeError(f"not of the form {self._full_topic}: is full_topic set as on the board?")
        return match["topic"], match["kind"]

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a board is online, by LWT; None for any other message, and for a board that sleeps."""
        match = self._pattern.fullmatch(topic)
        if match is None or match["kind"] != "LWT":
            return None
        online = ONLINE.get(payload)
        return None if online is False and self._sleeping.get(match["topic"]) else online

    def _read(self, message: IncomingMessage) -> Results:
        board, kind = self._parts(message.topic)
        if kind not in SENSORS | {"STATE", "INFO3"}:
            return []
        values, warnings = _object(message.payload, board)
        if kind == "INFO3":
            self._sleeping.put(board, _has_slept(values))
            return warnings
        if kind == "STATE":
            return [*_link(values, board, message.flags), *warnings]
        sensors = values.get("StatusSNS", values)
        return [*self._sensors(sensors, board, message.flags), *warnings] if isinstance(sensors, dict) else warnings

    def _sensors(self, message: dict[str, Any], board: str, flags: Flag) -> list[Reading]:
        device_time = _device_time(message)
        units = _units(message)
        readings: list[Reading] = []
        wired: set[Channel] = set()
        for key, values in message.items():
            if not isinstance(values, dict) or key in CHIPS:
                continue
            builder = ReadingBuilder(
                device=board, device_time=device_time, flags=flags, battery=percent(values.get("Battery"))
            )
            own = [*self._sensor(builder, key, values, units)]
            readings += own
            if "RSSI" not in values:
                wired |= {(each.channel, each.quantity) for each in own}
        return readings + [missing(board, *lost, Reason.NOT_CONNECTED) for lost in sorted(self._left_out(board, wired))]

    def _sensor(
        self, builder: ReadingBuilder, key: str, values: dict[str, Any], units: dict[str, Unit | None]
    ) -> Iterator[Reading]:
        channel = _channel(key, values)
        fault = Reason.SENSOR_FAILURE if key.startswith("MAX") and number(values.get("Error", 0)) else None
        measures = False
        for name, unit in units.items():
            if name in values:
                measures = True
                yield self._value(builder, key, channel, values[name], unit, fault=fault)
        if "RSSI" in values:  # a Bluetooth device that the board receives
            measures = True
            yield builder.reading(channel, values["RSSI"], DBM)
        if not measures and "Battery" in values:
            yield builder.reading(channel, values["Battery"], PERCENT)

    def _value(
        self, builder: ReadingBuilder, key: str, channel: str, value: object, unit: Unit | None, *, fault: Reason | None
    ) -> Reading:
        if unit is None:
            return missing(builder.device, channel, Quantity.TEMPERATURE, Reason.MALFORMED)
        if not key.startswith("DS18") or unit.quantity is not Quantity.TEMPERATURE:
            return builder.reading(channel, value, unit, reason=fault)
        if self._has_just_been_powered(builder.device, channel, value, unit):
            return builder.uncertain(channel, value, unit, Reason.POWER_ON_VALUE)
        return builder.reading(channel, value, unit, faults=DS18B20_FAULTS)

    def _has_just_been_powered(self, board: str, channel: str, value: object, unit: Unit) -> bool:
        raw = number(value)
        if raw is None:
            return False
        exact = unit.convert(raw)
        last = self._last.get((board, channel))
        self._last.put((board, channel), exact)
        return exact == POWER_ON and (last is None or abs(last - POWER_ON) > POWER_ON_JUMP)

    def _left_out(self, board: str, present: set[Channel]) -> set[Channel]:
        """Channels that an earlier message had together with one of these, and that this message does not have.

        A board sends all its wired sensors in one message. A message without any of them is of another kind.
        """
        groups = self._wired.get(board) or []
        whole = present.union(*(group for group in groups if group & present))
        if not present or len(whole) > MOST_PROBES:
            return set()
        self._wired.put(board, [*(group for group in groups if not group & present), whole][-MOST_PROBES:])
        return whole - present


def _topic_pattern(full_topic: str) -> re.Pattern[str]:
    if full_topic.count("%topic%") != 1 or full_topic.count("%prefix%") != 1:
        raise ConfigurationError(f"full_topic {full_topic!r}: %prefix% and %topic% stand in it once each")
    pattern = re.escape(full_topic if full_topic.endswith("/") else full_topic + "/")
    pattern = pattern.replace("%prefix%", "(?:tele|stat|cmnd)").replace("%topic%", "(?P<topic>[^/]+)")
    return re.compile(re.sub("%[a-z]+%", "[^/]+", pattern) + "(?P<kind>[^/]+)")


def _object(payload: bytes, board: str) -> tuple[dict[str, Any], Results]:
    try:
        return read_object(payload, board)
    except DecodeError as error:
        hint = ": a board with more than 18 probes sends it cut" if "cut short" in str(error) else ""
        raise DecodeError(f"{error}{hint}") from error


def _channel(key: str, values: dict[str, Any]) -> str:
    own = values.get("Id")
    return own if isinstance(own, str) and own else key


def _has_slept(message: dict[str, Any]) -> bool:
    info = message.get("Info3", message)
    return isinstance(info, dict) and info.get("RestartReason") == WAKE


def _units(message: dict[str, Any]) -> dict[str, Unit | None]:
    """Key of a sensor's values → its unit; None for an unknown unit."""
    temperature = TEMPERATURE_UNITS.get(str(message.get("TempUnit", "C")))
    pressure = PRESSURE_UNITS.get(str(message.get("PressureUnit", "hPa")))
    units: dict[str, Unit | None] = {**dict.fromkeys(TEMPERATURES, temperature), **FIXED_UNITS}
    return units if pressure is None else units | {"Pressure": pressure}


def _device_time(message: dict[str, Any]) -> DeviceTime:
    epoch = message.get("Epoch")
    return from_seconds(epoch) if number(epoch) is not None else from_text(message.get("Time"))


def _link(message: dict[str, Any], board: str, flags: Flag) -> list[Reading]:
    wifi = message.get("Wifi")
    if not isinstance(wifi, dict) or "Signal" not in wifi:
        return []
    return [
        ReadingBuilder(device=board, device_time=_device_time(message), flags=flags).reading(
            "Wifi", wifi["Signal"], DBM
        )
    ]
