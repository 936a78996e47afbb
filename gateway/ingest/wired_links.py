"""From the devices of kitchen.yaml to the links that serve those with a wire: one a port, one a 1-wire bus."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from drivers.contract import ArrivalQueue, Clock, SerialSettings
from drivers.links.serial.link import OnPort, PortTimes, SerialLink
from drivers.links.w1 import FOLDER, W1Link
from drivers.registry import BusEntry, FileEntry, StreamEntry, entry
from drivers.settings import read_settings
from gateway.config import Config, Device
from gateway.config.devices import ASK_EVERY
from gateway.config.hardware import map_of


def wired_links(config: Config, intake: ArrivalQueue, clock: Clock) -> list[SerialLink | W1Link]:
    """A link for each port and each 1-wire bus of the configuration, which has been checked before, in its order.

    Raises:
        drivers.errors.ConfigurationError: a device cannot be built from its settings.
    """
    ports: dict[str, list[Device]] = defaultdict(list)
    buses: dict[str, list[tuple[Device, FileEntry]]] = defaultdict(list)
    for device in config.devices:
        if device.port is not None:
            ports[device.port].append(device)
        elif isinstance(found := entry(device.driver), FileEntry):
            buses[device.settings.get("folder", FOLDER)].append((device, found))
    return [
        *(_port(port, devices, config, intake, clock) for port, devices in ports.items()),
        *(_bus(folder, devices, intake, clock) for folder, devices in buses.items()),
    ]


def _port(port: str, devices: Sequence[Device], config: Config, intake: ArrivalQueue, clock: Clock) -> SerialLink:
    drivers = [_driver(device, config) for device in devices]
    return SerialLink(
        _name(devices),
        port,
        serial_settings(devices[0]),
        drivers,
        intake=intake,
        clock=clock,
        times=PortTimes(
            timeout=max(device.timeout for device in devices) / 1e6,
            slowest=max(device.slowest for device in devices) / 1e6,
        ),
    )


def _driver(device: Device, config: Config) -> OnPort:
    match entry(device.driver):
        case StreamEntry(ask=ask) as found if ask is not None and device.every is not None:
            return device.id, device.every, ask(device.id, **_settings(device, found))
        case StreamEntry() as found:
            return device.id, _expected(device, config), found.build(device.id, **_settings(device, found))
        case BusEntry() as found:
            register_map = map_of(device.map or "")
            driver = found.build(device.id, register_map, slave=device.slave, **_settings(device, found))
            return device.id, device.every or ASK_EVERY, driver
        case _:
            raise AssertionError(f"{device.id} has a port, and a driver without")


def _expected(device: Device, config: Config) -> int | None:
    """How often a device that sends by itself is heard, by the most demanding of its points."""
    return min((point.interval for point in config.points if point.device == device.id), default=None)


def _bus(folder: str, probes: Sequence[tuple[Device, FileEntry]], intake: ArrivalQueue, clock: Clock) -> W1Link:
    built = [
        (found.build(device.id, **_settings(device, found)), device.every or ASK_EVERY) for device, found in probes
    ]
    return W1Link(_name([device for device, _ in probes]), Path(folder), built, intake=intake, clock=clock)


def _settings(device: Device, found: StreamEntry | BusEntry | FileEntry) -> dict[str, object]:
    return read_settings(found.settings, device.settings, device.id)


def _name(devices: Sequence[Device]) -> str:
    return "+".join(device.id for device in devices)


def serial_settings(device: Device) -> SerialSettings:
    """The driver's usual settings, with what kitchen.yaml says otherwise."""
    match entry(device.driver):
        case StreamEntry(serial=usual):
            pass
        case BusEntry():
            usual = map_of(device.map or "").serial
        case _:
            usual = SerialSettings()
    given = {name: getattr(device, name) for name in ("baud", "bytesize", "parity", "stopbits")}
    return msgspec.structs.replace(usual, **{name: value for name, value in given.items() if value is not None})
