"""Simulate the probes of a kitchen: in a box of air, or in the food of a pot."""

from dataclasses import replace
from random import Random

from simulators.devices import physics

SENSOR_NOISE = 0.03  # K, of a good probe in moving air
KITCHEN_HUMIDITY = 80.0  # %RH, while somebody cooks


class AirSensor:
    """A probe in a box of air."""

    def __init__(self, box: physics.Box, rng: Random) -> None:
        self._box = box
        self._rng = rng
        self._air = physics.settled(box, rng.random())
        self._noise = 0.0

    def step(self) -> None:
        """Advance by one second. Noise is drawn here, so that it does not depend on how often somebody measures."""
        self._air = physics.step(self._box, self._air, 1.0)
        self._noise = self._rng.gauss(0.0, SENSOR_NOISE)

    def set_door(self, open_: bool) -> None:
        self._air = replace(self._air, open=open_)

    @property
    def temperature(self) -> float:
        return round(self._air.air + self._noise, 2)

    def measure(self) -> tuple[float, float]:
        """Return temperature in °C and humidity in %RH."""
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
        """Advance by one second."""
        self._food = physics.heat(self._pot, self._food, 1.0, on=self._on)
        self._noise = self._rng.gauss(0.0, SENSOR_NOISE)

    def set_heat(self, on: bool) -> None:
        self._on = on

    @property
    def temperature(self) -> float:
        return round(self._food + self._noise, 2)

    def measure(self) -> tuple[float, float]:
        """Return temperature in °C and humidity in %RH."""
        return self.temperature, KITCHEN_HUMIDITY


def build_sensor(box: str, rng: Random) -> AirSensor | PotSensor:
    """Build the probe in a box or a pot of that name."""
    if box in physics.POTS:
        return PotSensor(physics.POTS[box], rng)
    return AirSensor(physics.BOXES[box], rng)
