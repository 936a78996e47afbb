"""Define the devices of a simulated kitchen, and what can happen to them.

Each action has a verb, and the event that a watcher of the gateway should find afterwards.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from simulators.clock import SECOND
from simulators.devices.modbus_slave import SlaveFault


class Model(StrEnum):
    """Protocol of a device."""

    XY_MD02 = "xy-md02"
    CSV_ST = "csv-st"
    MT_SICS = "mt-sics"
    TOLEDO_8217 = "toledo-8217"
    NCI = "nci"
    CAS_POS = "cas-pos"
    YAOHUA_CMD = "yaohua-cmd"
    RADWAG = "radwag"
    KERN_KDE = "kern-kde"
    SENML = "senml"


POLLED_SCALES = frozenset(
    {
        *(Model.MT_SICS, Model.TOLEDO_8217, Model.NCI, Model.CAS_POS),
        *(Model.YAOHUA_CMD, Model.RADWAG, Model.KERN_KDE),
    }
)
SCALES = POLLED_SCALES | {Model.CSV_ST}


@dataclass(frozen=True, kw_only=True)
class SimulatedDevice:
    """One device of a scenario; `every` is in microseconds, loads are in kg.

    A scale's line has a speed and a format: whoever opens it otherwise receives noise. `baud` None fits any speed.
    """

    id: str
    model: Model
    box: str = ""
    every: int = 0
    slave: int = 1
    item: str = ""
    load: float = 0.0
    capacity: float = 150.0
    division: str = "0.01"
    baud: int | None = None
    frame: str = "8N1"


@dataclass(frozen=True)
class Door:
    """The door of a box is opened or closed."""

    verb: ClassVar = "door"
    device: str
    open: bool

    def event(self) -> dict[str, Any]:
        return {"event": "door_opened" if self.open else "door_closed"}


@dataclass(frozen=True)
class Heat:
    """The burner under a pot is lit or put out."""

    verb: ClassVar = "heat"
    device: str
    on: bool

    def event(self) -> dict[str, Any]:
        return {"event": "heat_on" if self.on else "heat_off"}


@dataclass(frozen=True)
class GoodsDelivery:
    """Goods are added to a bin."""

    verb: ClassVar = "deliver"
    device: str
    kg: Decimal

    def event(self) -> dict[str, Any]:
        return {"event": "delivery", "kg": str(self.kg)}


@dataclass(frozen=True)
class Issue:
    """Goods are taken from a bin for cooking."""

    verb: ClassVar = "issue"
    device: str
    kg: Decimal

    def event(self) -> dict[str, Any]:
        return {"event": "issue", "kg": str(self.kg)}


@dataclass(frozen=True)
class Put:
    """Goods in a crate are put on a scale; kg without the crate."""

    verb: ClassVar = "put"
    device: str
    item: str
    kg: Decimal
    crate: str
    purpose: str

    def event(self) -> dict[str, Any]:
        return {"event": "put", "item": self.item, "kg": str(self.kg), "in": self.crate, "as": self.purpose}


@dataclass(frozen=True)
class Take:
    """Something is taken from a scale; None: everything."""

    verb: ClassVar = "take"
    device: str
    kg: Decimal | None

    def event(self) -> dict[str, Any]:
        return {"event": "taken_off", "kg": None if self.kg is None else str(self.kg)}


@dataclass(frozen=True)
class Bump:
    """Somebody leans on a scale; `length` in microseconds."""

    verb: ClassVar = "bump"
    device: str
    kg: Decimal
    length: int

    def event(self) -> dict[str, Any]:
        return {"event": "bump", "kg": str(self.kg), "for": self.length / SECOND}


@dataclass(frozen=True)
class Creep:
    """The zero of a scale begins to drift."""

    verb: ClassVar = "creep"
    device: str
    grams_an_hour: float

    def event(self) -> dict[str, Any]:
        return {"event": "creep", "grams_an_hour": self.grams_an_hour}


@dataclass(frozen=True)
class Tare:
    """The tare key of a scale is pressed: the load on it is subtracted from now on."""

    verb: ClassVar = "tare"
    device: str
    on: bool

    def event(self) -> dict[str, Any]:
        return {"event": "tared" if self.on else "tare_cleared"}


@dataclass(frozen=True)
class Power:
    """A device dies, or works again."""

    verb: ClassVar = "probe"
    device: str
    on: bool

    def event(self) -> dict[str, Any]:
        return {"event": "probe_revived" if self.on else "probe_died"}


@dataclass(frozen=True)
class Plug:
    """The adapter of a serial line is plugged in or pulled out."""

    verb: ClassVar = "plug"
    device: str
    plugged: bool

    def event(self) -> dict[str, Any]:
        return {"event": "replugged" if self.plugged else "unplugged"}


@dataclass(frozen=True)
class Network:
    """The network of an MQTT probe goes down or comes up."""

    verb: ClassVar = "network"
    device: str
    up: bool

    def event(self) -> dict[str, Any]:
        return {"event": "network_up" if self.up else "network_down"}


@dataclass(frozen=True)
class Late:
    """A measurement of `ago` microseconds before is published now."""

    verb: ClassVar = "late"
    device: str
    ago: int
    value: float

    def event(self) -> dict[str, Any]:
        return {"event": "late_reading", "ago": self.ago / SECOND, "value": self.value}


@dataclass(frozen=True)
class CableFault:
    """The cable of a Modbus slave gets a fault."""

    verb: ClassVar = "fault"
    device: str
    fault: SlaveFault

    def event(self) -> dict[str, Any]:
        return {"event": "fault", "fault": self.fault.value}


@dataclass(frozen=True)
class Noise:
    """Some bytes of garbage are sent on a line."""

    verb: ClassVar = "noise"
    device: str
    length: int

    def event(self) -> dict[str, Any]:
        return {"event": "noise", "bytes": self.length}


Action = (
    Door
    | Heat
    | GoodsDelivery
    | Issue
    | Put
    | Take
    | Bump
    | Creep
    | Tare
    | Power
    | Plug
    | Network
    | Late
    | CableFault
    | Noise
)
