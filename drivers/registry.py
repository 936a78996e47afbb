"""List all drivers in one table: name in kitchen.yaml → the function that builds the driver, and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from typing import Any

from drivers.contract import BusDriver, MessageDriver, SerialSettings, StreamDriver
from drivers.errors import ConfigurationError
from drivers.formats.ble.advert import Adverts, Decoder
from drivers.formats.ble.atc1441 import atc1441
from drivers.formats.ble.govee_h5075 import govee_h5075
from drivers.formats.ble.ibbq import ibbq
from drivers.formats.ble.pvvx import pvvx
from drivers.formats.ble.ruuvi5 import ruuvi5
from drivers.formats.common.decoded_values import Codec
from drivers.formats.esphome import EspHome
from drivers.formats.generic_json import GenericJson
from drivers.formats.home_assistant.discovery import HaDiscovery
from drivers.formats.lorawan.cayenne_lpp import cayenne_lpp
from drivers.formats.lorawan.chirpstack_v4 import ChirpStackV4
from drivers.formats.lorawan.dragino import d23, lht65n, ltc2
from drivers.formats.lorawan.frame import LorawanFrames
from drivers.formats.lorawan.milesight import milesight
from drivers.formats.lorawan.tts_v3 import TtsV3
from drivers.formats.senml import SenmlJson
from drivers.formats.shelly_gen1 import ShellyGen1
from drivers.formats.shelly_gen2 import ShellyGen2
from drivers.formats.sparkplug.sparkplug import Sparkplug
from drivers.formats.tasmota import Tasmota
from drivers.formats.theengs import Theengs
from drivers.formats.zigbee2mqtt import Zigbee2Mqtt
from drivers.probes import ascii_line
from drivers.probes.modbus import ModbusDevice
from drivers.probes.register import MOST_DECIMALS
from drivers.probes.register_map import MOST_REGISTERS, RegisterMap, load_map, shipped_maps
from drivers.probes.w1 import ADDRESS, W1Probe
from drivers.scales.common.weighing import Weighing
from drivers.scales.protocols import SCALES, decode, polled_scale, stream_scale, unit_named
from drivers.settings import NO_SETTINGS, Setting, SettingKind, Settings


class DriverKind(StrEnum):
    """How a device is connected."""

    STREAM = "stream"
    BUS = "bus"
    MESSAGE = "message"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEntry:
    """A device with a port of its own: build(device, **settings).

    Attributes:
        build: device id and settings → driver of a device that sends by itself.
        serial: usual factory settings of the port.
        channels: of its readings; () when only the device names them.
        settings: of the driver.
        ask: device id and settings → driver of a device that is polled; None when it cannot be polled.
        weigh: recording and settings → last frame of a scale; None for other devices.
    """

    build: Callable[..., StreamDriver]
    serial: SerialSettings
    channels: tuple[str, ...]
    settings: Settings = field(default_factory=lambda: NO_SETTINGS)
    ask: Callable[..., BusDriver] | None = None
    weigh: Callable[[bytes, Mapping[str, str]], Weighing] | None = None
    kind: DriverKind = DriverKind.STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEntry:
    """A device that is polled: build(device, map, slave=…, **settings); the map has its settings and channels."""

    build: Callable[..., BusDriver]
    maps: tuple[str, ...]
    load: Callable[[str], RegisterMap]
    settings: Settings
    kind: DriverKind = DriverKind.BUS


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A probe that the kernel shows as a file: build(device, address=…)."""

    build: Callable[..., W1Probe]
    channels: tuple[str, ...]
    settings: Settings
    kind: DriverKind = DriverKind.FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEntry:
    """A message format: build(settings) returns one driver for all its devices.

    Attributes:
        build: settings → driver; for a format without settings, the argument may be left out.
        settings: names of its settings.
        binary: its messages are bytes, not text.
    """

    build: Callable[..., MessageDriver]
    settings: tuple[str, ...] = ()
    binary: bool = False
    kind: DriverKind = DriverKind.MESSAGE


Entry = StreamEntry | BusEntry | FileEntry | MessageEntry

MODBUS_SETTINGS: Settings = {
    "channels": Setting(
        "the channels that have a sensor; the others are left out", kind=SettingKind.NAMES, example="[ch1, ch2]"
    ),
    "decimals": Setting(
        "decimal places of its display, for a device that leaves the decimal point out",
        kind=SettingKind.WHOLE,
        example="1",
        lowest=0,
        highest=MOST_DECIMALS,
    ),
    "count": Setting(
        "registers to ask for, from the map's first on",
        kind=SettingKind.WHOLE,
        example="4",
        lowest=1,
        highest=MOST_REGISTERS,
    ),
}
W1_SETTINGS: Settings = {
    "address": Setting("name of its folder on the bus", required=True, example="28-0316a2794bff", pattern=ADDRESS),
    "folder": Setting("where the kernel shows the bus", example="/sys/bus/w1/devices"),
}
UNIT = Setting("of its display, when its frames carry none", example="kg", check=unit_named)
# A format names its settings, and checks them itself.
FORMAT_SETTINGS: Settings = {
    "map": Setting("what stands where", kind=SettingKind.TABLE, example="{temperature: data.t}"),
    "fport": Setting("LoRaWAN port", kind=SettingKind.WHOLE, example="2", lowest=0, highest=255),
}


def settings_of(driver: Entry) -> Settings:
    """Return the settings of a driver."""
    if isinstance(driver, MessageEntry):
        return {name: FORMAT_SETTINGS.get(name, Setting(name)) for name in driver.settings}
    return driver.settings


def _scale(name: str) -> StreamEntry:
    scale = SCALES[name]
    settings = {each: Setting(each, words=tuple(filter(None, words))) for each, words in scale.settings.items()}
    return StreamEntry(
        build=partial(stream_scale, name),
        serial=scale.serial,
        channels=("weight",),
        settings={"unit": UNIT, **settings},
        ask=partial(polled_scale, name) if scale.commands else None,
        weigh=partial(decode, name),
    )


def _modbus(device: str, register_map: str | RegisterMap, *, slave: int | None = None, **settings: Any) -> ModbusDevice:
    if isinstance(register_map, str):
        register_map = load_map(register_map)
    return ModbusDevice(device, register_map.fitted(**settings) if settings else register_map, slave=slave)


def _w1(device: str, *, address: str = "", channel: str = "T", **_of_link: str) -> W1Probe:
    return W1Probe(device, address=address, channel=channel)


def _frames(codec: Codec) -> MessageEntry:
    return MessageEntry(build=partial(LorawanFrames, codec), settings=("fport", "model"), binary=True)


def _adverts(decoder: Decoder) -> MessageEntry:
    return MessageEntry(build=partial(Adverts, decoder), settings=("name",), binary=True)


DRIVERS: Mapping[str, Entry] = {
    **{name: _scale(name) for name in SCALES},
    "modbus-rtu": BusEntry(build=_modbus, maps=shipped_maps(), load=load_map, settings=MODBUS_SETTINGS),
    "w1-slave": FileEntry(build=_w1, channels=("T",), settings=W1_SETTINGS),
    "ascii-line": StreamEntry(
        build=ascii_line.AsciiLine, serial=SerialSettings(), channels=(), settings=ascii_line.SETTINGS
    ),
    "senml-json": MessageEntry(build=SenmlJson),
    "generic-json": MessageEntry(build=GenericJson, settings=("map",)),
    "tasmota": MessageEntry(build=Tasmota, settings=("full_topic",)),
    "zigbee2mqtt": MessageEntry(build=Zigbee2Mqtt, settings=("base",)),
    "shelly-gen1": MessageEntry(build=ShellyGen1),
    "shelly-gen2": MessageEntry(build=ShellyGen2),
    "esphome": MessageEntry(build=EspHome, settings=("map",)),
    "theengs": MessageEntry(build=Theengs),
    "chirpstack-v4": MessageEntry(build=ChirpStackV4, settings=("codec", "model")),
    "tts-v3": MessageEntry(build=TtsV3, settings=("codec", "model")),
    "ha-discovery": MessageEntry(build=HaDiscovery, settings=("prefix",)),
    "sparkplug": MessageEntry(build=Sparkplug, settings=("map",), binary=True),
    "lorawan:milesight": _frames(milesight),
    "lorawan:dragino-lht65n": _frames(lht65n),
    "lorawan:dragino-d23": _frames(d23),
    "lorawan:dragino-ltc2": _frames(ltc2),
    "cayennelpp": _frames(cayenne_lpp),
    "ruuvi-5": _adverts(ruuvi5),
    "ble-raw:ibbq": _adverts(ibbq),
    "ble-raw:govee-h5075": _adverts(govee_h5075),
    "ble-raw:atc1441": _adverts(atc1441),
    "ble-raw:pvvx": _adverts(pvvx),
}


def entry(name: str) -> Entry:
    """Look up a driver.

    Raises:
        ConfigurationError: there is none of that name; the text suggests the nearest.
    """
    if (driver := DRIVERS.get(name)) is not None:
        return driver
    near = get_close_matches(name, DRIVERS, n=1) or sorted(DRIVERS)
    raise ConfigurationError(f'there is no driver "{name}": did you mean {" or ".join(near)}?')
