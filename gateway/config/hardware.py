"""Which drivers and register maps there are, as far as a configuration has to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DriverKind(StrEnum):
    """How a driver's device is reached: it sends by itself, is asked on a bus, or publishes on the broker."""

    STREAM = "stream"
    BUS = "bus"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Hardware:
    """Attributes:
    drivers: name in kitchen.yaml → how its devices are reached.
    channels: driver or map → the channels it has; one that is missing has channels that only the device knows.
    maps: the register maps that a bus driver can take.
    """

    drivers: Mapping[str, DriverKind]
    channels: Mapping[str, tuple[str, ...]]
    maps: tuple[str, ...]


KNOWN = Hardware(
    drivers={"csv-st": DriverKind.STREAM, "modbus-rtu": DriverKind.BUS, "senml-json": DriverKind.MESSAGE},
    channels={"csv-st": ("weight",), "xy-md02": ("T", "RH")},
    maps=("xy-md02",),
)
