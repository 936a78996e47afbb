"""Load scenarios from `scenarios/*.yaml`: the devices of a kitchen, and what happens to them when.

devices: list of devices, or the name of the scenario that lists them
seed:    seed of all noise
loop:    time after which the steps begin again; if absent, they happen once and the kitchen then continues quietly
steps:   - {at: 2m, door: open, device: chiller-1}        (see verbs.py)
once:    steps that are not repeated with the others
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from simulators.actions import SCALES, Action, Model, SimulatedDevice
from simulators.clock import duration
from simulators.devices.physics import BOXES, POTS
from simulators.verbs import ScenarioError, parse_action

SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario; `steps` and `once` are (microseconds after the start, action) in order, `loop` is in microseconds."""

    devices: Sequence[SimulatedDevice]
    seed: int = 0
    loop: int | None = None
    steps: Sequence[tuple[int, Action]] = ()
    once: Sequence[tuple[int, Action]] = ()


def names() -> list[str]:
    """Return the names of all scenarios."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml") if "." not in path.stem)


def load(name: str) -> Scenario:
    """Load the scenario of that name.

    Raises:
        ScenarioError: it does not exist, or is wrong.
    """
    document = _document(name)
    listed = document["devices"]
    devices = [_device(entry) for entry in (_document(listed)["devices"] if isinstance(listed, str) else listed)]
    steps, once = (
        sorted(
            ((duration(entry["at"]), parse_action(entry, devices)) for entry in document.get(key, ())),
            key=lambda step: step[0],
        )
        for key in ("steps", "once")
    )
    return Scenario(
        devices=devices,
        seed=document.get("seed", 0),
        loop=duration(document["loop"]) if "loop" in document else None,
        steps=steps,
        once=once,
    )


def kitchen_yaml(name: str, *, folder: Path, kitchen: str, broker_port: int, api_port: int) -> str:
    """Return the gateway's configuration for the scenario's kitchen.

    Raises:
        ScenarioError: the scenario does not exist.
    """
    listed = _document(name)["devices"]
    owner = listed if isinstance(listed, str) else name
    text = (SCENARIOS / f"{owner}.kitchen.yaml").read_text("utf-8")
    places = {"folder": folder, "kitchen": kitchen, "broker_port": broker_port, "api_port": api_port}
    for place, value in places.items():
        text = text.replace(f"{{{place}}}", str(value))
    return text


def _document(name: str) -> Mapping[str, Any]:
    if name not in names():
        raise ScenarioError(f"there is no scenario {name!r}; there are {', '.join(names())}")
    document: Mapping[str, Any] = yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text("utf-8"))
    return document


def _device(entry: Mapping[str, Any]) -> SimulatedDevice:
    facts = dict(entry)
    model = Model(facts.pop("model"))
    if model not in SCALES and facts.get("box") not in {*BOXES, *POTS}:
        raise ScenarioError(f"{entry['id']}: box {facts.get('box')!r} is none of {', '.join((*BOXES, *POTS))}")
    every = duration(facts.pop("every", "5s"))
    return SimulatedDevice(model=model, every=every, **facts)


class Script:
    """Yields each step of a scenario when its time has come: once, or once a round."""

    def __init__(self, scenario: Scenario, start: int) -> None:
        self._steps = scenario.steps
        self._loop = scenario.loop
        self._start = start
        self._next = 0
        self._once = [(start + after, action) for after, action in scenario.once]

    @property
    def finished(self) -> bool:
        return self._next >= len(self._steps)

    def due(self, now: int) -> Iterator[tuple[int, Action]]:
        """Yield the steps that are due, each with its own time (UTC microseconds)."""
        while self._once and self._once[0][0] <= now:
            yield self._once.pop(0)
        while True:
            while not self.finished and self._start + self._steps[self._next][0] <= now:
                after, action = self._steps[self._next]
                self._next += 1
                yield self._start + after, action
            if self._loop is None or now < self._start + self._loop:
                return
            self._start += self._loop
            self._next = 0
