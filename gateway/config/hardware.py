"""List the drivers and register maps, with what a configuration has to know of them.

`with_maps` adds the map files that a kitchen.yaml names; it reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError
from drivers.probes.register_map import RegisterMap, load_map, parse_map
from drivers.registry import DRIVERS, BusEntry, DriverKind, FileEntry, MessageEntry, StreamEntry, settings_of
from drivers.settings import Settings

LARGEST_MAP = 256 * 1024


@dataclass(frozen=True, slots=True)
class Hardware:
    """Hold what a configuration may name, and what it must say about it.

    Attributes:
        kinds: driver → how its devices are reached.
        maps: the register maps that a bus driver can take.
        channels: driver or map → its channels; of one that is missing only the device knows them.
        serial: driver or map → the usual settings of its line.
        settings: driver → the settings that it takes.
        required: map → settings that its devices cannot do without.
        asked: drivers of their own port that can be asked as well.
        broken: file of a map → what is wrong with it.
    """

    kinds: Mapping[str, DriverKind]
    maps: tuple[str, ...]
    channels: Mapping[str, tuple[str, ...]]
    serial: Mapping[str, SerialSettings]
    settings: Mapping[str, Settings]
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)


@cache
def shipped() -> Hardware:
    """Return the drivers and register maps of this version."""
    channels: dict[str, tuple[str, ...]] = {}
    serial: dict[str, SerialSettings] = {}
    maps: dict[str, RegisterMap] = {}
    for name, entry in DRIVERS.items():
        match entry:
            case StreamEntry():
                channels[name], serial[name] = entry.channels, entry.serial
            case FileEntry():
                channels[name] = entry.channels
            case BusEntry():
                maps |= {each: entry.load(each) for each in entry.maps}
            case MessageEntry():
                pass
    bare = Hardware(
        {name: entry.kind for name, entry in DRIVERS.items()},
        (),
        channels,
        serial,
        {name: settings_of(entry) for name, entry in DRIVERS.items()},
        asked=frozenset(name for name, entry in DRIVERS.items() if isinstance(entry, StreamEntry) and entry.ask),
    )
    return _with(bare, maps)


def is_file(register_map: str) -> bool:
    """Return whether a device's `map` is a file, not the name of a shipped map."""
    return register_map.endswith((".yaml", ".yml"))


def with_maps(hardware: Hardware, names: Iterable[str], folder: Path) -> Hardware:
    """Add the maps of the kitchen's own that a kitchen.yaml in `folder` names."""
    maps: dict[str, RegisterMap] = {}
    broken: dict[str, str] = {}
    for name in filter(is_file, names):
        try:
            maps[name] = map_of(str(folder / name))
        except ConfigurationError as error:
            broken[name] = str(error)
    return replace(_with(hardware, maps), broken=broken)


def map_of(name: str) -> RegisterMap:
    """Load a shipped map, or that of a file.

    Raises:
        ConfigurationError: there is no such map, or it cannot be used.
    """
    if not is_file(name):
        return load_map(name)
    try:
        with Path(name).open("rb") as stream:
            return parse_map(stream.read(LARGEST_MAP).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{name}: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}") from error


def _with(hardware: Hardware, maps: Mapping[str, RegisterMap]) -> Hardware:
    return replace(
        hardware,
        maps=(*hardware.maps, *maps),
        channels={**hardware.channels, **{name: each.channels for name, each in maps.items()}},
        serial={**hardware.serial, **{name: each.serial for name, each in maps.items()}},
        required={**hardware.required, **{name: each.required for name, each in maps.items()}},
    )
