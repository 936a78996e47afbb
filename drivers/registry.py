"""Name of a driver in kitchen.yaml → what builds it. One table; nothing registers itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import partial

from drivers.contract import BusDriver, MessageDriver, SerialSettings, StreamDriver
from drivers.errors import ConfigurationError
from drivers.formats.advert import Adverts, Decoder
from drivers.formats.atc1441 import atc1441
from drivers.formats.cayenne_lpp import cayenne_lpp
from drivers.formats.chirpstack_v4 import ChirpStackV4
from drivers.formats.dragino import d23, lht65n, ltc2
from drivers.formats.esphome import EspHome
from drivers.formats.generic_json import GenericJson
from drivers.formats.govee_h5075 import govee_h5075
from drivers.formats.ha_discovery import HaDiscovery
from drivers.formats.ibbq import ibbq
from drivers.formats.lorawan_frame import LorawanFrames
from drivers.formats.milesight import milesight
from drivers.formats.pvvx import pvvx
from drivers.formats.ruuvi5 import ruuvi5
from drivers.formats.samples import Codec
from drivers.formats.senml import SenmlJson
from drivers.formats.shelly_gen1 import ShellyGen1
from drivers.formats.shelly_gen2 import ShellyGen2
from drivers.formats.sparkplug import Sparkplug
from drivers.formats.tasmota import Tasmota
from drivers.formats.theengs import Theengs
from drivers.formats.tts_v3 import TtsV3
from drivers.formats.zigbee2mqtt import Zigbee2Mqtt
from drivers.probes.modbus import ModbusDevice
from drivers.probes.registers import RegisterMap, load_map, shipped_maps
from drivers.scales.csv_st import CSV_ST
from drivers.scales.line import LineProtocol, LineScale


class Kind(StrEnum):
    """How a driver's device is reached."""

    STREAM = "stream"
    BUS = "bus"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEntry:
    """A device that sends by itself: build(device, unit=…).

    Attributes:
        build: device id → driver.
        serial: the usual factory settings.
        channels: of its readings.
    """

    build: Callable[..., StreamDriver]
    serial: SerialSettings
    channels: tuple[str, ...]
    kind: Kind = Kind.STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEntry:
    """A device that is asked: build(device, map, slave=…); settings and channels are those of the map."""

    build: Callable[..., BusDriver]
    maps: tuple[str, ...]
    load: Callable[[str], RegisterMap]
    kind: Kind = Kind.BUS


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEntry:
    """A format of messages: build(settings) gives one driver for all its devices.

    Attributes:
        build: a table of settings → driver; a format without settings may be called without.
        settings: names of what it takes.
    """

    build: Callable[..., MessageDriver]
    settings: tuple[str, ...] = ()
    kind: Kind = Kind.MESSAGE


Entry = StreamEntry | BusEntry | MessageEntry


def _line_scale(protocol: LineProtocol, serial: SerialSettings | None = None) -> StreamEntry:
    return StreamEntry(
        build=partial(LineScale, protocol=protocol), serial=serial or SerialSettings(), channels=("weight",)
    )


def _modbus(device: str, register_map: str, *, slave: int | None = None) -> ModbusDevice:
    return ModbusDevice(device, load_map(register_map), slave=slave)


def _frames(codec: Codec) -> MessageEntry:
    return MessageEntry(build=partial(LorawanFrames, codec), settings=("fport", "model"))


def _adverts(decoder: Decoder) -> MessageEntry:
    return MessageEntry(build=partial(Adverts, decoder), settings=("name",))


DRIVERS: Mapping[str, Entry] = {
    "csv-st": _line_scale(CSV_ST),
    "modbus-rtu": BusEntry(build=_modbus, maps=shipped_maps(), load=load_map),
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
    "sparkplug": MessageEntry(build=Sparkplug, settings=("map",)),
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
    """Look a driver up.

    Raises:
        ConfigurationError: there is none of that name; the text names the nearest.
    """
    if (found := DRIVERS.get(name)) is not None:
        return found
    near = get_close_matches(name, DRIVERS, n=1) or sorted(DRIVERS)
    raise ConfigurationError(f'there is no driver "{name}": did you mean {" or ".join(near)}?')
