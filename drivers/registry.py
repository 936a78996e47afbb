"""Name of a driver in kitchen.yaml → what builds it. One table; nothing registers itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import partial

from drivers.contract import BusDriver, MessageDriver, SerialSettings, StreamDriver
from drivers.errors import ConfigurationError
from drivers.formats.senml import SenmlJson
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
    """A format of messages: build() gives one driver for all its devices."""

    build: Callable[[], MessageDriver]
    kind: Kind = Kind.MESSAGE


Entry = StreamEntry | BusEntry | MessageEntry


def _line_scale(protocol: LineProtocol, serial: SerialSettings | None = None) -> StreamEntry:
    return StreamEntry(
        build=partial(LineScale, protocol=protocol), serial=serial or SerialSettings(), channels=("weight",)
    )


def _modbus(device: str, register_map: str, *, slave: int | None = None) -> ModbusDevice:
    return ModbusDevice(device, load_map(register_map), slave=slave)


DRIVERS: Mapping[str, Entry] = {
    "csv-st": _line_scale(CSV_ST),
    "modbus-rtu": BusEntry(build=_modbus, maps=shipped_maps(), load=load_map),
    "senml-json": MessageEntry(build=SenmlJson),
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
