"""Compute the air in a box with a thermostat (chiller, freezer, bain-marie, cooled room), and the food in a pot. Pure.

One lumped model serves all boxes. The air exchanges heat, per second and kelvin of difference, with the food in the
box, through the walls, and through the door while it is open. A compressor (power below zero) or a heater (above zero)
works between the two temperatures of its thermostat. An open door stops the compressor's fan, as a door switch does, so
that the air in front of the probe warms quickly. The food follows the air slowly.

The thermal masses are small, so that an evening can be shown in minutes: an opened chiller passes 5 °C within about a
minute, nears 10 °C, and is below 4 °C again about three minutes after closing. Compressor cycles of some minutes are at
the quick end of small commercial chillers.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Box:
    """Properties of a box. Temperatures in °C; rates per second; power in K/s; humidity in %RH."""

    low: float
    high: float
    power: float
    outside: float
    walls: float = 0.0002
    door: float = 0.0022
    food: float = 1 / 180
    food_mass: float = 1 / 7_200
    dry: float = 72.0
    damp: float = 84.0
    door_damp: float = 94.0


@dataclass(frozen=True, kw_only=True)
class Air:
    """The state of a box. `air` and `food` in °C, `humidity` in %RH."""

    air: float
    food: float
    humidity: float
    running: bool = False
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class Pot:
    """Properties of a pot on its burner or, with a burner that is never lit, of the kitchen's air. Rates per second.

    Food cools by Newton's law. A rate of 1.2 an hour is that of a few litres without a lid, at the quick end.
    """

    start: float
    room: float = 29.0
    heating: float = 0.28
    boils: float = 98.0
    cooling: float = 1.2 / 3_600


POTS = {"pot": Pot(start=28.0), "kitchen-air": Pot(start=29.0)}


def heat(pot: Pot, food: float, seconds: float, *, on: bool) -> float:
    """Return the temperature of the food (°C) `seconds` later."""
    if on:
        return min(pot.boils, food + pot.heating * seconds)
    return food + (pot.room - food) * pot.cooling * seconds


BOXES = {
    "chiller": Box(low=2.0, high=3.1, power=-0.020, outside=29.0),
    "freezer": Box(low=-22.5, high=-20.5, power=-0.030, outside=29.0),
    "bain-marie": Box(low=66.5, high=69.0, power=0.030, outside=29.0, dry=85.0, damp=92.0),
    "serving-room": Box(
        walls=0.0008, low=23.0, high=24.2, power=-0.012, outside=31.0, dry=55.0, damp=65.0, door_damp=75.0
    ),
}

HUMIDITY_RATE = 1 / 90


def settled(box: Box, share: float) -> Air:
    """Return the state of a box that has run for long, with its air `share` (0 to 1) of the way through its band."""
    air = box.low + share * (box.high - box.low)
    return Air(air=air, food=(box.low + box.high) / 2, humidity=(box.dry + box.damp) / 2)


def step(box: Box, state: Air, seconds: float) -> Air:
    """Return the state `seconds` later; use steps of about a second, since the rates allow no longer ones."""
    running = _thermostat(box, state)
    work = 0.0 if state.open and box.power < 0 else box.power * running
    leak = box.walls + box.door * state.open
    change = box.food * (state.food - state.air) + leak * (box.outside - state.air) + work
    wanted = box.door_damp if state.open else (box.dry if running else box.damp)
    return replace(
        state,
        air=state.air + change * seconds,
        food=state.food + box.food_mass * (state.air - state.food) * seconds,
        humidity=state.humidity + HUMIDITY_RATE * (wanted - state.humidity) * seconds,
        running=running,
    )


def _thermostat(box: Box, state: Air) -> bool:
    """Whether the compressor or heater runs: it is switched at the ends of the band, and stays in between."""
    if state.air >= box.high:
        return box.power < 0
    if state.air <= box.low:
        return box.power > 0
    return state.running
