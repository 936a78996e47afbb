"""Check devices against their drivers, ports and points."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from drivers.registry import DriverKind
from drivers.settings import Setting, mistakes, read_value
from gateway.config.checks import Raw, by_id, items, number, word
from gateway.config.hardware import Hardware
from gateway.config.problems import ConfigFault, Path, listed, suggest

SERIAL = ("baud", "bytesize", "parity", "stopbits")
ANSWERS = ("every", "timeout", "slowest")
REQUIRED: dict[DriverKind, tuple[str, ...]] = {
    DriverKind.STREAM: ("port",),
    DriverKind.BUS: ("map", "port", "slave"),
    DriverKind.FILE: (),
    DriverKind.MESSAGE: (),
}
TAKEN: dict[DriverKind, tuple[str, ...]] = {
    DriverKind.STREAM: ("port", *SERIAL),
    DriverKind.BUS: ("map", "port", "slave", *ANSWERS, *SERIAL),
    DriverKind.FILE: ("every",),
    DriverKind.MESSAGE: ("sensor", "topic"),
}
EXAMPLES = {"map": "xy-md02", "port": "/dev/serial/by-id/…", "slave": "1"}


def drivers(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    for place, device in items(raw, ("devices",)):
        name = word(device, "driver")
        if name is None:
            continue
        if name not in hardware.kinds:
            names = sorted(hardware.kinds)
            remedy = suggest(name, names, otherwise=f"there are {listed(names)}")
            yield ConfigFault((*place, "driver"), f'there is no driver "{name}"', remedy)
        else:
            yield from _keys(place, device, hardware)


def _keys(place: Path, device: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    driver = device["driver"]
    kind = hardware.kinds[driver]
    taken = (*TAKEN[kind], *ANSWERS) if driver in hardware.asked else TAKEN[kind]
    for key in REQUIRED[kind]:
        if key not in device:
            yield ConfigFault((*place, key), f"{driver} needs it", f'add "{key}: {EXAMPLES[key]}" or the like')
    for key in ("map", "port", "slave", *ANSWERS, *SERIAL):
        if key in device and key not in taken:
            yield ConfigFault((*place, key), f"{driver} takes no such setting", "take the line out")


def settings(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    """Check `settings` against those that the driver takes."""
    for place, device in items(raw, ("devices",)):
        driver, values = word(device, "driver"), device.get("settings", {})
        if driver is None or driver not in hardware.settings or not isinstance(values, Mapping):
            continue
        for mistake in mistakes(known_settings(device, hardware), values):
            yield ConfigFault((*place, "settings", mistake.name), mistake.what, mistake.remedy)


def known_settings(device: Raw, hardware: Hardware) -> Mapping[str, Setting]:
    """Return the settings that a device takes; its register map may require some of them."""
    register_map = str(device.get("map"))
    taken = dict(hardware.settings.get(str(device.get("driver")), {}))
    for name in hardware.required.get(register_map, ()):
        taken[name] = replace(taken[name], required=True)
    return taken


def enabled(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    for place, device in items(raw, ("devices",)):
        names = hardware.channels.get(str(device.get("map")), ())
        for name in _enabled(device, hardware):
            if names and name not in names:
                remedy = suggest(name, names, otherwise=f"it has {listed(names)}")
                yield ConfigFault((*place, "settings", "channels"), f'its map has no channel "{name}"', remedy)


def _enabled(device: Raw, hardware: Hardware) -> tuple[str, ...]:
    """Return the channels that a device's settings name; empty if they name none, or wrongly."""
    values, taken = device.get("settings"), known_settings(device, hardware)
    if not isinstance(values, Mapping) or "channels" not in values or "channels" not in taken:
        return ()
    if any(mistake.name == "channels" for mistake in mistakes(taken, values)):
        return ()
    return tuple(read_value(taken["channels"], values["channels"]))


def addresses(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    """Check that each 1-wire probe is one device."""
    seen: dict[str, object] = {}
    for place, device in items(raw, ("devices",)):
        settings = device.get("settings")
        if hardware.kinds.get(str(device.get("driver"))) is not DriverKind.FILE or not isinstance(settings, Mapping):
            continue
        address = str(settings.get("address")).lower()
        if address in seen:
            what = f'"{seen[address]}" has this address already'
            yield ConfigFault((*place, "settings", "address"), what, "give each probe one device")
        seen.setdefault(address, device.get("id"))


def maps(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    for place, device in items(raw, ("devices",)):
        name = word(device, "map")
        if name is not None and name in hardware.broken:
            yield ConfigFault((*place, "map"), hardware.broken[name], "correct the map: docs/register-maps.md")
        elif name is not None and name not in hardware.maps:
            remedy = suggest(name, hardware.maps, otherwise=f"there are {listed(hardware.maps)}")
            yield ConfigFault((*place, "map"), f'there is no register map "{name}"', remedy)


def ports(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    first: dict[str, Raw] = {}
    slaves: set[tuple[str, float | None]] = set()
    for place, device in items(raw, ("devices",)):
        if (port := word(device, "port")) is None:
            continue
        if port in first:
            yield from _shared(place, device, first[port], hardware)
        first.setdefault(port, device)
        slave = number(device, "slave")
        if slave is not None and (port, slave) in slaves:
            yield ConfigFault(
                (*place, "slave"), f"slave {slave} is on this port already", "give the device another address"
            )
        slaves.add((port, slave))


def _shared(place: Path, device: Raw, other: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    kinds = {hardware.kinds.get(str(each.get("driver"))) for each in (device, other)}
    if kinds - {DriverKind.BUS, None}:
        what = f'"{other.get("id")}" is on this port already'
        yield ConfigFault((*place, "port"), what, "give each its own port; only Modbus devices share one")
        return
    for key in SERIAL:
        if _serial(device, key, hardware) != _serial(other, key, hardware):
            what = f'differs from "{other.get("id")}" on the same port'
            yield ConfigFault((*place, key), what, "write the same serial settings for both")


def _serial(device: Raw, key: str, hardware: Hardware) -> object:
    """Return a serial setting as it will be used: the file's, else the map's."""
    usual = hardware.serial.get(str(device.get("map")))
    return device.get(key, getattr(usual, key, None))


def broker(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    if raw.get("mqtt") is not None:
        return
    for place, device in items(raw, ("devices",)):
        if hardware.kinds.get(str(device.get("driver"))) is DriverKind.MESSAGE:
            what = f"{device['driver']} needs a broker"
            yield ConfigFault((*place, "driver"), what, 'add the section "mqtt:" with host: 127.0.0.1')


def channels(raw: Raw, hardware: Hardware) -> Iterator[ConfigFault]:
    devices = by_id(raw, ("devices",))
    seen: dict[tuple[str, str, str], object] = {}
    for place, point in items(raw, ("points",)):
        device, channel = word(point, "device"), word(point, "channel")
        if device is None or channel is None:
            continue
        names = channels_of(devices.get(device, {}), hardware)
        if names and channel not in names:
            remedy = suggest(channel, names, otherwise=f"it has {listed(names)}")
            yield ConfigFault((*place, "channel"), f'"{device}" has no channel "{channel}"', remedy)
        source = (device, channel, str(point.get("quantity")))
        if source in seen:
            what = f'channel "{channel}" of "{device}" is the point "{seen[source]}" already'
            yield ConfigFault((*place, "channel"), what, "give each point a channel of its own")
        seen.setdefault(source, point.get("id"))


def channels_of(device: Raw, hardware: Hardware) -> tuple[str, ...]:
    """Return the channels that a device has by its driver or map; empty if only the device knows them."""
    driver, register_map = str(device.get("driver")), str(device.get("map"))
    if enabled_ones := _enabled(device, hardware):
        return enabled_ones
    return hardware.channels.get(driver) or hardware.channels.get(register_map) or ()


DEVICE_CHECKS = (drivers, settings, enabled, addresses, maps, ports, broker, channels)
