"""Which drivers and register maps there are, as far as a configuration has to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from drivers.contract import SerialSettings
from drivers.registry import DRIVERS, BusEntry, Kind, MessageEntry, StreamEntry


@dataclass(frozen=True, slots=True)
class Hardware:
    """What can be connected.

    Attributes:
        kinds: driver → how its devices are reached.
        maps: the register maps that a bus driver can take.
        channels: driver or map → its channels; of one that is missing only the device knows them.
        serial: driver or map → the usual settings of its line.
    """

    kinds: Mapping[str, Kind]
    maps: tuple[str, ...]
    channels: Mapping[str, tuple[str, ...]]
    serial: Mapping[str, SerialSettings]


@cache
def shipped() -> Hardware:
    """What this version comes with."""
    maps: dict[str, None] = {}
    channels: dict[str, tuple[str, ...]] = {}
    serial: dict[str, SerialSettings] = {}
    for name, entry in DRIVERS.items():
        match entry:
            case StreamEntry():
                channels[name], serial[name] = entry.channels, entry.serial
            case BusEntry():
                for map_name in entry.maps:
                    register_map = entry.load(map_name)
                    maps[map_name] = None
                    channels[map_name] = register_map.channels
                    serial[map_name] = register_map.serial
            case MessageEntry():
                pass
    return Hardware({name: entry.kind for name, entry in DRIVERS.items()}, tuple(maps), channels, serial)
