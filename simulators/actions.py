"""What can happen in a simulated kitchen, and how it is written: one verb, its argument, and mostly a device.

    door: open | closed           probe: die | revive            unplug: DEVICE      replug: DEVICE
    deliver: 25.0                 network: down | up             fault: silent | late | checksum | noise | echo | none
    issue: {item: rice, kg: 7.5}  late: {ago: 1h, value: 12.5}   noise: 40 (bytes of garbage on the line)
    put: {item: fish, kg: 8.4, in: crate-blue, as: receive}      take: all | 8.4
    bump: {kg: 6, for: 1s}        creep: 20 (grams an hour)      tare: set | clear
    heat: on | off (under a pot)

`put` carries goods to a scale for a purpose (receive, issue, waste or count), `take` carries them away again. Without
`device` the first device is meant to which the verb applies; `item` means the scale that weighs it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from simulators.clock import duration
from simulators.goods import CRATES, PURPOSES
from simulators.modbus import SlaveFault


class ScenarioError(ValueError):
    """A scenario or a command is wrong; the text says what and what would be right."""


class Model(StrEnum):
    """What a device speaks."""

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


@dataclass(frozen=True, kw_only=True)
class SimulatedDevice:
    """One device of a scenario; `every` is in microseconds, loads are in kg.

    A scale's line has a speed and a format: whoever opens it otherwise hears noise. `baud` None: it has any speed.
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
    device: str
    open: bool


@dataclass(frozen=True)
class Heat:
    device: str
    on: bool


@dataclass(frozen=True)
class GoodsDelivery:
    device: str
    kg: Decimal


@dataclass(frozen=True)
class Issue:
    device: str
    kg: Decimal


@dataclass(frozen=True)
class Put:
    """Goods in a crate, put on a scale; kg without the crate."""

    device: str
    item: str
    kg: Decimal
    crate: str
    purpose: str


@dataclass(frozen=True)
class Take:
    """Something is carried away; None: all of it."""

    device: str
    kg: Decimal | None


@dataclass(frozen=True)
class Bump:
    """Somebody leans on the scale; `length` in microseconds."""

    device: str
    kg: Decimal
    length: int


@dataclass(frozen=True)
class Creep:
    """The scale walks by itself."""

    device: str
    grams_an_hour: float


@dataclass(frozen=True)
class Tare:
    """The scale's own tare button: what stands on it is subtracted from now on."""

    device: str
    on: bool


@dataclass(frozen=True)
class Power:
    device: str
    on: bool


@dataclass(frozen=True)
class Plug:
    device: str
    plugged: bool


@dataclass(frozen=True)
class Network:
    device: str
    up: bool


@dataclass(frozen=True)
class Late:
    """One measurement of `ago` microseconds before."""

    device: str
    ago: int
    value: float


@dataclass(frozen=True)
class CableFault:
    device: str
    fault: SlaveFault


@dataclass(frozen=True)
class Noise:
    device: str
    length: int


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


def _choice(value: Any, meanings: Mapping[str, bool]) -> bool:
    if value not in meanings:
        raise ScenarioError(f"{value!r} is none of {', '.join(meanings)}")
    return meanings[value]


def _switch(value: Any) -> bool:
    """YAML reads on and off as booleans."""
    return value if isinstance(value, bool) else _choice(value, {"on": True, "off": False})


def _kilograms(value: Any) -> Decimal:
    number = value.get("kg") if isinstance(value, Mapping) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
        raise ScenarioError(f"{number!r} is no weight; write kilograms, for example 25.0")
    return Decimal(str(number)).quantize(Decimal("0.01"))


def _put(device: str, value: Any) -> Put:
    if not isinstance(value, Mapping) or "item" not in value:
        raise ScenarioError("put needs {item: fish, kg: 8.4, in: crate-blue, as: receive}")
    crate, purpose = str(value.get("in", "none")), str(value.get("as", "receive"))
    if crate not in CRATES or purpose not in PURPOSES:
        raise ScenarioError(f"in is one of {', '.join(CRATES)}; as is one of {', '.join(PURPOSES)}")
    return Put(device, str(value["item"]), _kilograms(value), crate, purpose)


def _bump(device: str, value: Any) -> Bump:
    if not isinstance(value, Mapping) or "for" not in value:
        raise ScenarioError("bump needs {kg: 6, for: 1s}")
    return Bump(device, _kilograms(value), duration(str(value["for"])))


def _late(device: str, value: Any) -> Late:
    if not isinstance(value, Mapping) or not {"ago", "value"} <= set(value):
        raise ScenarioError("late needs {ago: 1h, value: 12.5}")
    return Late(device, duration(str(value["ago"])), float(value["value"]))


def _fault(device: str, value: Any) -> CableFault:
    if value not in set(SlaveFault):
        raise ScenarioError(f"{value!r} is none of {', '.join(SlaveFault)}")
    return CableFault(device, SlaveFault(value))


_AIR = frozenset({Model.XY_MD02, Model.SENML})
ASKED_SCALES = frozenset(
    {
        *(Model.MT_SICS, Model.TOLEDO_8217, Model.NCI, Model.CAS_POS),
        *(Model.YAOHUA_CMD, Model.RADWAG, Model.KERN_KDE),
    }
)
SCALES = ASKED_SCALES | {Model.CSV_ST}
_LINES = SCALES | {Model.XY_MD02}
_MQTT = frozenset({Model.SENML})
_BUS = frozenset({Model.XY_MD02})

_VERBS: dict[str, tuple[frozenset[Model], Callable[[str, Any], Action]]] = {
    "door": (_AIR, lambda device, value: Door(device, _choice(value, {"open": True, "closed": False}))),
    "heat": (_MQTT, lambda device, value: Heat(device, _switch(value))),
    "deliver": (SCALES, lambda device, value: GoodsDelivery(device, _kilograms(value))),
    "issue": (SCALES, lambda device, value: Issue(device, _kilograms(value))),
    "put": (SCALES, _put),
    "take": (SCALES, lambda device, value: Take(device, None if value == "all" else _kilograms(value))),
    "bump": (SCALES, _bump),
    "creep": (SCALES, lambda device, value: Creep(device, float(value))),
    "tare": (SCALES, lambda device, value: Tare(device, _choice(value, {"set": True, "clear": False}))),
    "probe": (
        frozenset(Model),
        lambda device, value: Power(device, _choice(value, {"revive": True, "die": False})),
    ),
    "unplug": (_LINES, lambda device, _: Plug(device, plugged=False)),
    "replug": (_LINES, lambda device, _: Plug(device, plugged=True)),
    "network": (_MQTT, lambda device, value: Network(device, _choice(value, {"up": True, "down": False}))),
    "late": (_MQTT, _late),
    "fault": (_BUS, _fault),
    "noise": (_LINES, lambda device, value: Noise(device, int(value))),
}


def parse_action(entry: Mapping[str, Any], devices: Sequence[SimulatedDevice]) -> Action:
    """Read one action; `at` in it is somebody else's.

    Raises:
        ScenarioError: no verb or several, no such device, a device that cannot do it, or a wrong argument.
    """
    verbs = [key for key in entry if key not in {"at", "device"}]
    if len(verbs) != 1 or verbs[0] not in _VERBS:
        raise ScenarioError(f"{dict(entry)} needs exactly one verb of {', '.join(_VERBS)}")
    verb = verbs[0]
    models, build = _VERBS[verb]
    able = [device for device in devices if device.model in models]
    return build(_named(entry, verb, able), entry[verb])


def _named(entry: Mapping[str, Any], verb: str, able: Sequence[SimulatedDevice]) -> str:
    """The id of the device that an entry means."""
    argument = entry[verb]
    wanted = argument if verb in {"unplug", "replug"} else entry.get("device")
    # What is put on a scale need not be what usually stands there.
    item = argument.get("item") if isinstance(argument, Mapping) and verb != "put" else None
    for device in able:
        if wanted in {None, device.id} and item in {None, device.item}:
            return device.id
    known = ", ".join(device.id for device in able) or "no device here"
    raise ScenarioError(f"{verb}: {wanted or item or 'this'} is not among those that can: {known}")
