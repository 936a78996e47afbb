"""Run the simulated kitchen: its devices, the air and loads that they measure, and what happens to them.

Physics and steps advance on a grid of whole clock seconds, so that a scenario gives the same measurements however
fast the clock runs. Only the lines of scales follow real time, so that a fast clock does not flood their readers.
"""

import time
from pathlib import Path
from random import Random
from typing import Any

from simulators.actions import (
    POLLED_SCALES,
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
from simulators.clock import SECOND
from simulators.devices.modbus_slave import SlavePort
from simulators.devices.mqtt_probe import BrokerAddress, SimulatedProbe
from simulators.devices.polled_scale import ScaleLanguage
from simulators.devices.pty_line import PtyLine
from simulators.devices.scale import SimulatedScale
from simulators.devices.scale_lines import PolledScaleLine, SendingScaleLine
from simulators.devices.sensors import AirSensor, PotSensor, build_sensor
from simulators.goods import CRATES, CarriedGoods
from simulators.scenario import Scenario, Script
from simulators.truth import TruthFile

CHANNEL, UNIT = "temperature", "Cel"
LAST_WORDS = 5.0  # real seconds for the probes to send their outboxes


class SimulatedKitchen:
    """All devices of a scenario. `start` is in UTC microseconds; nothing is measured before it."""

    def __init__(
        self, scenario: Scenario, *, folder: Path, kitchen: str, broker: BrokerAddress, truth: TruthFile, start: int
    ) -> None:
        self.goods = CarriedGoods()
        self._script = Script(scenario, start)
        self._stepped = start
        self._over = scenario.loop is not None or not scenario.steps
        self._truth = truth
        self._garbage = Random(scenario.seed)
        self._devices = {device.id: device for device in scenario.devices}
        self._sensors: dict[str, AirSensor | PotSensor] = {}
        self._slaves: dict[str, SlavePort] = {}
        self._probes: dict[str, SimulatedProbe] = {}
        self._scales: dict[str, SendingScaleLine | PolledScaleLine] = {}
        self._dead: set[str] = set()
        for device in scenario.devices:
            rng = Random(f"{scenario.seed} {device.id}")
            if device.model not in SCALES:
                self._sensors[device.id] = build_sensor(device.box, rng)
            match device.model:
                case Model.XY_MD02:
                    measure = self._sensors[device.id].measure
                    self._slaves[device.id] = SlavePort(folder / device.id, device.slave, measure)
                case Model.SENML:
                    self._probes[device.id] = SimulatedProbe(kitchen=kitchen, device=device.id, broker=broker)
                case _:
                    self._scales[device.id] = _scale_line(device, folder / device.id, rng, start)

    def start(self) -> None:
        """Plug everything in. Needs a running event loop."""
        for line in self._lines().values():
            line.plug()
        for probe in self._probes.values():
            probe.start()

    def stop(self) -> None:
        """Let the probes send their outboxes, write the counts, unplug everything."""
        for probe in self._probes.values():
            probe.stop()
        deadline = time.monotonic() + LAST_WORDS
        for probe in self._probes.values():
            probe.join(max(0.0, deadline - time.monotonic()))
        for device, counts in self.counts().items():
            self._truth.line(at=self._stepped, what="count", device=device, expected={"event": "count", **counts})
        expected = {"event": "goods", "moved": self.goods.moved(), "left": self.goods.left()}
        self._truth.line(at=self._stepped, what="goods", device=None, expected=expected)
        for line in self._lines().values():
            line.unplug()

    def advance(self, now: int) -> None:
        """Simulate the whole seconds up to `now` (UTC microseconds)."""
        while self._stepped + SECOND <= now:
            self._stepped += SECOND
            self._second(self._stepped)

    def _lines(self) -> dict[str, PtyLine]:
        return {device: port.line for device, port in {**self._slaves, **self._scales}.items()}

    def _second(self, at: int) -> None:
        for due, action in self._script.due(at):
            self.do(action, due)
        if self._script.finished and not self._over:
            self._over = True
            self._truth.line(at=at, what="scenario", device=None, expected={"event": "scenario_finished"})
        for sensor in self._sensors.values():
            sensor.step()
        for phase, device in enumerate(self._devices.values()):
            # Probes are not switched on in the same second.
            if device.id in self._probes and (at // SECOND + phase) % (device.every // SECOND) == 0:
                self._publish(device.id, self._sensors[device.id].temperature, at)

    def _publish(self, device: str, value: float, at: int) -> None:
        if device not in self._dead:
            self._probes[device].publish(name=CHANNEL, unit=UNIT, value=value, at=at)

    def weigh(self, now: int) -> None:
        """Update the display of each scale, and send it. Call this as often as scales do in real time."""
        for scale in self._scales.values():
            scale.weigh(now)

    def do(self, action: Action, at: int) -> None:
        """Carry out an action, and write it into the truth file."""
        match action:
            case Door() | Heat():
                self._at_sensor(action)
            case GoodsDelivery() | Issue() | Put() | Take() | Bump() | Creep() | Tare():
                self._at_scale(action, at)
            case Power(device, on):
                self._power(device, on)
            case Plug(device, plugged):
                line = self._lines()[device]
                line.plug() if plugged else line.unplug()
            case Network(device, up):
                self._network(device, up)
            case Late(device, ago, value):
                self._publish(device, value, at - ago)
            case CableFault(device, fault):
                self._slaves[device].fault = fault
            case Noise(device, length):
                self._lines()[device].write(self._garbage.randbytes(length))
        self._truth.action(action, at)

    def _at_scale(self, action: GoodsDelivery | Issue | Put | Take | Bump | Creep | Tare, at: int) -> None:
        scale, item = self._scales[action.device].scale, self._devices[action.device].item
        match action:
            case GoodsDelivery(_, kg):
                scale.put(float(kg), at)
                self.goods.move("receive", item, kg)
            case Issue(_, kg):
                scale.put(-float(kg), at)
                self.goods.move("issue", item, kg)
            case Put(_, item, kg, crate, purpose):
                scale.put(float(kg + CRATES[crate]), at)
                self.goods.move(purpose, item, kg)
            case Take(_, taken):
                scale.put(-scale.load if taken is None else -float(taken), at)
            case Bump(_, kg, length):
                scale.lean(float(kg), at, length)
            case Creep(_, grams):
                scale.creep(grams / 1_000, at)
            case Tare(_, on):
                scale.tare(on=on, at=at)

    def _at_sensor(self, action: Door | Heat) -> None:
        match action, self._sensors[action.device]:
            case Door(_, open_), AirSensor() as box:
                box.set_door(open_)
            case Heat(_, on), PotSensor() as pot:
                pot.set_heat(on)

    def _power(self, device: str, on: bool) -> None:
        self._dead = self._dead - {device} if on else self._dead | {device}
        if device in self._slaves:
            self._slaves[device].powered = on
        if device in self._scales:
            self._scales[device].power(on=on)
        if device in self._probes:
            self._network(device, on)

    def _network(self, device: str, up: bool) -> None:
        self._probes[device].restore() if up else self._probes[device].cut()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how much each device has sent."""
        return {
            **{device: {"replies": port.replies} for device, port in self._slaves.items()},
            **{device: {"frames": scale.frames} for device, scale in self._scales.items()},
            **{
                device: {"published": probe.published, "acknowledged": probe.acknowledged}
                for device, probe in self._probes.items()
            },
        }

    def state(self) -> dict[str, dict[str, Any]]:
        """Return the true values of each device now, with its counts."""
        return {
            device: {**counts, **self._measured(device), "alive": device not in self._dead}
            for device, counts in self.counts().items()
        }

    def _measured(self, device: str) -> dict[str, Any]:
        if device in self._scales:
            return {"load": self._scales[device].scale.load}
        temperature, humidity = self._sensors[device].measure()
        return {"temperature": temperature, "humidity": round(humidity, 1)}


def _scale_line(device: SimulatedDevice, link: Path, rng: Random, start: int) -> SendingScaleLine | PolledScaleLine:
    scale = SimulatedScale(load=device.load, capacity=device.capacity, division=device.division, rng=rng)
    if device.model in POLLED_SCALES:
        return PolledScaleLine(link, scale, ScaleLanguage(device.model.value), baud=device.baud, now=start)
    return SendingScaleLine(link, scale, baud=device.baud, frame=device.frame)
