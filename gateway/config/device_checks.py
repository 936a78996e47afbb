"""What devices must be to their drivers, ports and points."""

from collections.abc import Iterator

from drivers.registry import Kind
from gateway.config.checks import Raw, by_id, items, number, word
from gateway.config.hardware import Hardware
from gateway.config.problems import Fault, Path, listed, suggest

SERIAL = ("baud", "bytesize", "parity", "stopbits")
REQUIRED: dict[Kind, tuple[str, ...]] = {
    Kind.STREAM: ("port",),
    Kind.BUS: ("map", "port", "slave"),
    Kind.MESSAGE: (),
}
TAKEN: dict[Kind, tuple[str, ...]] = {
    Kind.STREAM: ("port", *SERIAL),
    Kind.BUS: ("map", "port", "slave", "every", *SERIAL),
    Kind.MESSAGE: (),
}
EXAMPLES = {"map": "xy-md02", "port": "/dev/serial/by-id/…", "slave": "1"}


def drivers(raw: Raw, hardware: Hardware) -> Iterator[Fault]:
    for place, device in items(raw, ("devices",)):
        name = word(device, "driver")
        if name is None:
            continue
        if name not in hardware.kinds:
            known = sorted(hardware.kinds)
            remedy = suggest(name, known, otherwise=f"there are {listed(known)}")
            yield Fault((*place, "driver"), f'there is no driver "{name}"', remedy)
        else:
            yield from _settings(place, device, hardware.kinds[name])


def _settings(place: Path, device: Raw, kind: Kind) -> Iterator[Fault]:
    driver = device["driver"]
    for key in REQUIRED[kind]:
        if key not in device:
            yield Fault((*place, key), f"{driver} needs it", f'add "{key}: {EXAMPLES[key]}" or the like')
    for key in ("map", "port", "slave", "every", *SERIAL):
        if key in device and key not in TAKEN[kind]:
            yield Fault((*place, key), f"{driver} takes no such setting", "take the line out")


def maps(raw: Raw, hardware: Hardware) -> Iterator[Fault]:
    for place, device in items(raw, ("devices",)):
        name = word(device, "map")
        if name is not None and name not in hardware.maps:
            remedy = suggest(name, hardware.maps, otherwise=f"there are {listed(hardware.maps)}")
            yield Fault((*place, "map"), f'there is no register map "{name}"', remedy)


def ports(raw: Raw, hardware: Hardware) -> Iterator[Fault]:
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
            yield Fault((*place, "slave"), f"slave {slave} is on this port already", "give the device another address")
        slaves.add((port, slave))


def _shared(place: Path, device: Raw, other: Raw, hardware: Hardware) -> Iterator[Fault]:
    kinds = {hardware.kinds.get(str(each.get("driver"))) for each in (device, other)}
    if kinds - {Kind.BUS, None}:
        what = f'"{other.get("id")}" is on this port already'
        yield Fault((*place, "port"), what, "give each its own port; only Modbus devices share one")
        return
    for key in SERIAL:
        if _serial(device, key, hardware) != _serial(other, key, hardware):
            what = f'differs from "{other.get("id")}" on the same port'
            yield Fault((*place, key), what, "write the same serial settings for both")


def _serial(device: Raw, key: str, hardware: Hardware) -> object:
    """A serial setting as it will be: the file's, else that of the map."""
    usual = hardware.serial.get(str(device.get("map")))
    return device.get(key, getattr(usual, key, None))


def broker(raw: Raw, hardware: Hardware) -> Iterator[Fault]:
    if raw.get("mqtt") is not None:
        return
    for place, device in items(raw, ("devices",)):
        if hardware.kinds.get(str(device.get("driver"))) is Kind.MESSAGE:
            what = f"{device['driver']} needs a broker"
            yield Fault((*place, "driver"), what, 'add the section "mqtt:" with host: 127.0.0.1')


def reserved(raw: Raw, hardware: Hardware) -> Iterator[Fault]:  # noqa: ARG001 - all checks are called alike
    for place, device in items(raw, ("devices",)):
        if device.get("id") == "alarm":
            what = '"alarm" is the topic on which alarms are published'
            yield Fault((*place, "id"), what, "give the device another id")


def channels(raw: Raw, hardware: Hardware) -> Iterator[Fault]:
    devices = by_id(raw, ("devices",))
    seen: dict[tuple[str, str], object] = {}
    for place, point in items(raw, ("points",)):
        device, channel = word(point, "device"), word(point, "channel")
        if device is None or channel is None:
            continue
        known = channels_of(devices.get(device, {}), hardware)
        if known and channel not in known:
            remedy = suggest(channel, known, otherwise=f"it has {listed(known)}")
            yield Fault((*place, "channel"), f'"{device}" has no channel "{channel}"', remedy)
        if (device, channel) in seen:
            what = f'channel "{channel}" of "{device}" is the point "{seen[device, channel]}" already'
            yield Fault((*place, "channel"), what, "give each point a channel of its own")
        seen.setdefault((device, channel), point.get("id"))


def channels_of(device: Raw, hardware: Hardware) -> tuple[str, ...]:
    """The channels that a device has by its driver or map; none when only the device knows."""
    driver, register_map = str(device.get("driver")), str(device.get("map"))
    return hardware.channels.get(driver) or hardware.channels.get(register_map) or ()


DEVICE_CHECKS = (drivers, maps, ports, broker, reserved, channels)
