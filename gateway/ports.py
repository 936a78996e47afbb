"""From the devices of kitchen.yaml to the serial links that serve them: one a port."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from drivers.contract import Clock, Intake, SerialSettings
from drivers.links.serial import OnPort, SerialLink
from drivers.registry import BusEntry, StreamEntry, entry
from gateway.config import Config, Device


def serial_links(config: Config, intake: Intake, clock: Clock) -> list[SerialLink]:
    """A link for each port of the configuration, in its order; kitchen.yaml has been checked before.

    Raises:
        drivers.errors.ConfigurationError: a device cannot be built from its settings.
    """
    ports: dict[str, list[Device]] = defaultdict(list)
    for device in config.devices:
        if device.port is not None:
            ports[device.port].append(device)
    return [_link(port, devices, intake, clock) for port, devices in ports.items()]


def _link(port: str, devices: Sequence[Device], intake: Intake, clock: Clock) -> SerialLink:
    drivers = [_driver(device) for device in devices]
    name = "+".join(device.id for device in devices)
    return SerialLink(name, port, _settings(devices[0]), drivers, intake=intake, clock=clock)


def _driver(device: Device) -> OnPort:
    match entry(device.driver):
        case StreamEntry() as found:
            return device.id, None, found.build(device.id)
        case BusEntry() as found:
            return device.id, device.every, found.build(device.id, device.map, slave=device.slave)
        case _:
            raise AssertionError(f"{device.id} has a port, and a driver without")


def _settings(device: Device) -> SerialSettings:
    """The driver's usual settings, with what kitchen.yaml says otherwise."""
    match entry(device.driver):
        case StreamEntry(serial=usual):
            pass
        case BusEntry(load=load):
            usual = load(device.map or "").serial
        case _:
            usual = SerialSettings()
    given = {name: getattr(device, name) for name in ("baud", "bytesize", "parity", "stopbits")}
    return msgspec.structs.replace(usual, **{name: value for name, value in given.items() if value is not None})
