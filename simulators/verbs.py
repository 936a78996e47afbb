"""Parse an action of a scenario or a command: one verb with its argument, and usually a device.

    door: open | closed           probe: die | revive            unplug: DEVICE      replug: DEVICE
    deliver: 25.0                 network: down | up             fault: silent | late | checksum | noise | echo | none
    issue: {item: rice, kg: 7.5}  late: {ago: 1h, value: 12.5}   noise: 40 (bytes of garbage on the line)
    put: {item: fish, kg: 8.4, in: crate-blue, as: receive}      take: all | 8.4
    bump: {kg: 6, for: 1s}        creep: 20 (grams an hour)      tare: set | clear
    heat: on | off (under a pot)

`put` carries goods to a scale for a purpose (receive, issue, waste or count), `take` carries them away again. Without
`device`, the action applies to the first device that can do it; `item` selects the scale that weighs it.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from simulators.actions import (
    SCALES,
    Action,
    Bump,
    CableFault,
    Creep,
    Door,
    GoodsDelivery,
    Heat,
    Issue,
    Late,
    Model,
    Network,
    Noise,
    Plug,
    Power,
    Put,
    SimulatedDevice,
    Take,
    Tare,
)
from simulators.clock import duration
from simulators.devices.modbus_slave import SlaveFault
from simulators.goods import CRATES, PURPOSES


class ScenarioError(ValueError):
    """A scenario or a command is wrong; the text says what is wrong, and what would be right."""


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
_LINES = SCALES | {Model.XY_MD02}
_MQTT = frozenset({Model.SENML})
_BUS = frozenset({Model.XY_MD02})

# verb → the models that can do it, and what builds the action from a device and the argument
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
    """Parse one action; its key `at` is ignored.

    Raises:
        ScenarioError: no verb or several, no such device, a device that cannot do it, or a wrong argument.
    """
    verbs = [key for key in entry if key not in {"at", "device"}]
    if len(verbs) != 1 or verbs[0] not in _VERBS:
        raise ScenarioError(f"{dict(entry)} needs exactly one verb of {', '.join(_VERBS)}")
    verb = verbs[0]
    models, build = _VERBS[verb]
    able = [device for device in devices if device.model in models]
    return build(_device_of(entry, verb, able), entry[verb])


def _device_of(entry: Mapping[str, Any], verb: str, able: Sequence[SimulatedDevice]) -> str:
    """Find the id of the device that an entry selects."""
    argument = entry[verb]
    wanted = argument if verb in {"unplug", "replug"} else entry.get("device")
    # Goods that are put on a scale need not be those that the scale usually weighs.
    item = argument.get("item") if isinstance(argument, Mapping) and verb != "put" else None
    for device in able:
        if wanted in {None, device.id} and item in {None, device.item}:
            return device.id
    names = ", ".join(device.id for device in able) or "no device here"
    raise ScenarioError(f"{verb}: {wanted or item or 'this'} is not among those that can: {names}")
