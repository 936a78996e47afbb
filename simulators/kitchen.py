"""The simulated kitchen: devices, the air and loads that they measure, and what happens to them.

Physics and steps advance on a grid of whole clock seconds, so that a scenario gives the same measurements however
fast the clock runs. Only the scale's lines follow real time: so many a second that a fast clock floods nobody.
"""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from simulators import physics
from simulators.actions import (
    ASKED_SCALES,
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
from simulators.asked_scale import POWER_UP_NOISE, Language, SimulatedPolledScale
from simulators.clock import SECOND
from simulators.goods import CRATES, CarriedGoods
from simulators.modbus import SlavePort
from simulators.mqtt import BrokerAddress, SimulatedProbe
from simulators.ptys import PtyLine
from simulators.scale import CsvShape, DisplayedWeight, SimulatedScale, csv_st
from simulators.scenario import Scenario, Script
from simulators.truth import TruthFile
from simulators.uart import Uart

SENSOR_NOISE = 0.03  # K, of a good probe in moving air
CHANNEL, UNIT = "temperature", "Cel"
LAST_WORDS = 5.0  # real seconds that the probes may take to send what is left


class AirSensor:
    """A probe in a box of air."""

    def __init__(self, box: physics.Box, rng: Random) -> None:
        self._box = box
        self._rng = rng
        self._air = physics.settled(box, rng.random())
        self._noise = 0.0

    def step(self) -> None:
        """One second. Noise is drawn here, so that it does not depend on how often somebody asks."""
        self._air = physics.step(self._box, self._air, 1.0)
        self._noise = self._rng.gauss(0.0, SENSOR_NOISE)

    def door(self, open_: bool) -> None:
        self._air = replace(self._air, open=open_)

    @property
    def temperature(self) -> float:
        return round(self._air.air + self._noise, 2)

    def measure(self) -> tuple[float, float]:
        """Temperature in °C, humidity in %RH."""
        return self.temperature, self._air.humidity


class PotSensor:
    """A probe in the food of a pot, or in the air of the kitchen."""

    def __init__(self, pot: physics.Pot, rng: Random) -> None:
        self._pot = pot
        self._rng = rng
        self._food = pot.start
        self._on = False
        self._noise = 0.0

    def step(self) -> None:
        """One second."""
        self._food = physics.heat(self._pot, self._food, 1.0, on=self._on)
        self._noise = self._rng.gauss(0.0, SENSOR_NOISE)

    def heat(self, on: bool) -> None:
        self._on = on

    @property
    def temperature(self) -> float:
        return round(self._food + self._noise, 2)

    def measure(self) -> tuple[float, float]:
        """Temperature in °C; the humidity of a kitchen that cooks."""
        return self.temperature, 80.0


def _sensor(box: str, rng: Random) -> AirSensor | PotSensor:
    if box in physics.POTS:
        return PotSensor(physics.POTS[box], rng)
    return AirSensor(physics.BOXES[box], rng)


class SimulatedKitchen:
    """All devices of a scenario. `start` is UTC microseconds; nothing is measured before it."""

    def __init__(
        self, scenario: Scenario, *, folder: Path, kitchen: str, broker: BrokerAddress, truth: TruthFile, start: int
    ) -> None:
        self._script = Script(scenario, start)
        self._stepped = start
        self._over = scenario.loop is not None or not scenario.steps
        self._truth = truth
        self._garbage = Random(scenario.seed)
        self._devices = scenario.devices
        self._sensors: dict[str, AirSensor | PotSensor] = {}
        self._slaves: dict[str, SlavePort] = {}
        self._probes: dict[str, SimulatedProbe] = {}
        self._scales: dict[str, SimulatedScale] = {}
        self._lines: dict[str, PtyLine] = {}
        self._frames: dict[str, int] = {}
        self._asked: dict[str, SimulatedPolledScale] = {}
        self._shown: dict[str, DisplayedWeight] = {}
        self._dead: set[str] = set()
        self.goods = CarriedGoods()
        self._items = {device.id: device.item for device in scenario.devices}
        for device in scenario.devices:
            rng = Random(f"{scenario.seed} {device.id}")
            if device.model not in SCALES:
                self._sensors[device.id] = _sensor(device.box, rng)
            match device.model:
                case Model.XY_MD02:
                    self._add_slave(device, folder)
                case Model.SENML:
                    self._probes[device.id] = SimulatedProbe(kitchen=kitchen, device=device.id, broker=broker)
                case _:
                    self._add_scale(device, folder, rng, start)

    def _add_slave(self, device: SimulatedDevice, folder: Path) -> None:
        port = SlavePort(folder / device.id, device.slave, self._sensors[device.id].measure)
        self._slaves[device.id] = port
        self._lines[device.id] = port.line

    def _add_scale(self, device: SimulatedDevice, folder: Path, rng: Random, start: int) -> None:
        scale = SimulatedScale(load=device.load, capacity=device.capacity, division=device.division, rng=rng)
        self._scales[device.id] = scale
        if device.model in ASKED_SCALES:
            self._shown[device.id] = scale.show(start)
            show, language = partial(self._shown.__getitem__, device.id), Language(device.model.value)
            self._asked[device.id] = SimulatedPolledScale(folder / device.id, language, show, baud=device.baud)
            self._lines[device.id] = self._asked[device.id].line
        else:
            # A continuous indicator takes no commands: what is sent to it is lost.
            self._lines[device.id] = Uart(folder / device.id, lambda _: None, baud=device.baud, frame=device.frame)
            self._frames[device.id] = 0

    def start(self) -> None:
        """Plug everything in. Needs a running event loop."""
        for line in self._lines.values():
            line.plug()
        for probe in self._probes.values():
            probe.start()

    def stop(self) -> None:
        """Let the probes send what is left, write the counts, unplug everything."""
        for probe in self._probes.values():
            probe.stop()
        deadline = time.monotonic() + LAST_WORDS
        for probe in self._probes.values():
            probe.join(max(0.0, deadline - time.monotonic()))
        for device, counts in self.counts().items():
            self._truth.line(at=self._stepped, what="count", device=device, expected={"event": "count", **counts})
        expected = {"event": "goods", "moved": self.goods.told(), "left": self.goods.left()}
        self._truth.line(at=self._stepped, what="goods", device=None, expected=expected)
        for line in self._lines.values():
            line.unplug()

    def advance(self, now: int) -> None:
        """Live through the whole seconds up to `now` (UTC microseconds)."""
        while self._stepped + SECOND <= now:
            self._stepped += SECOND
            self._second(self._stepped)

    def _second(self, at: int) -> None:
        for due, action in self._script.due(at):
            self.do(action, due)
        if self._script.finished and not self._over:
            self._over = True
            self._truth.line(at=at, what="scenario", device=None, expected={"event": "scenario_finished"})
        for sensor in self._sensors.values():
            sensor.step()
        for phase, device in enumerate(self._devices):
            # Probes are not switched on in the same second.
            if device.id in self._probes and (at // SECOND + phase) % (device.every // SECOND) == 0:
                self._publish(device.id, self._sensors[device.id].temperature, at)

    def _publish(self, device: str, value: float, at: int) -> None:
        if device not in self._dead:
            self._probes[device].publish(name=CHANNEL, unit=UNIT, value=value, at=at)

    def weigh(self, now: int) -> None:
        """One line from each scale that sends; call it as often as scales do in real time."""
        for device, scale in self._scales.items():
            if device in self._asked:
                self._shown[device] = scale.show(now)
            elif device not in self._dead:
                self._frames[device] += self._lines[device].write(csv_st(scale.show(now), CsvShape()))

    def do(self, action: Action, at: int) -> None:
        """Let something happen, and write it into the truth file."""
        match action:
            case Door() | Heat():
                self._at_sensor(action)
            case GoodsDelivery() | Issue() | Put() | Take() | Bump() | Creep() | Tare():
                self._at_scale(action, at)
            case Power(device, on):
                self._power(device, on)
            case Plug(device, plugged):
                line = self._lines[device]
                line.plug() if plugged else line.unplug()
            case Network(device, up):
                self._network(device, up)
            case Late(device, ago, value):
                self._publish(device, value, at - ago)
            case CableFault(device, fault):
                self._slaves[device].fault = fault
            case Noise(device, length):
                self._lines[device].write(self._garbage.randbytes(length))
        self._truth.action(action, at)

    def _at_scale(self, action: GoodsDelivery | Issue | Put | Take | Bump | Creep | Tare, at: int) -> None:
        scale = self._scales[action.device]
        match action:
            case GoodsDelivery(device, kg):
                scale.put(float(kg), at)
                self.goods.move("receive", self._items[device], kg)
            case Issue(device, kg):
                scale.put(-float(kg), at)
                self.goods.move("issue", self._items[device], kg)
            case Put(device, item, kg, crate, purpose):
                scale.put(float(kg + CRATES[crate]), at)
                self.goods.move(purpose, item, kg)
            case Take(device, taken):
                scale.put(-scale.load if taken is None else -float(taken), at)
            case Bump(device, kg, length):
                scale.lean(float(kg), at, length)
            case Creep(device, grams):
                scale.creep(grams / 1_000, at)
            case Tare(device, on):
                scale.tare(on=on, at=at)

    def _at_sensor(self, action: Door | Heat) -> None:
        match action, self._sensors[action.device]:
            case Door(_, open_), AirSensor() as box:
                box.door(open_)
            case Heat(_, on), PotSensor() as pot:
                pot.heat(on)

    def _power(self, device: str, on: bool) -> None:
        self._dead = self._dead - {device} if on else self._dead | {device}
        if device in self._slaves:
            self._slaves[device].powered = on
        if device in self._asked:
            self._asked[device].power(on=on)
        elif device in self._scales and on:
            self._lines[device].write(POWER_UP_NOISE)
        if device in self._probes:
            self._network(device, on)

    def _network(self, device: str, up: bool) -> None:
        self._probes[device].restore() if up else self._probes[device].cut()

    def counts(self) -> dict[str, dict[str, int]]:
        """How much each device has sent."""
        counts: dict[str, dict[str, int]] = {}
        for device, port in self._slaves.items():
            counts[device] = {"replies": port.replies}
        for device, frames in self._frames.items():
            counts[device] = {"frames": frames}
        for device, scale in self._asked.items():
            counts[device] = {"frames": scale.answers}
        for device, probe in self._probes.items():
            counts[device] = {"published": probe.published, "acknowledged": probe.acknowledged}
        return counts

    def state(self) -> dict[str, dict[str, Any]]:
        """What is true of each device now, with its counts."""
        return {
            device: {**counts, **self._measured(device), "alive": device not in self._dead}
            for device, counts in self.counts().items()
        }

    def _measured(self, device: str) -> dict[str, Any]:
        if device in self._scales:
            return {"load": self._scales[device].load}
        temperature, humidity = self._sensors[device].measure()
        return {"temperature": temperature, "humidity": round(humidity, 1)}
