"""Simulate a scale that sends `csv-st` lines by itself: its load over time, and the line on the wire.

Comma ASCII as in the Excell indicator manual (continuous output) and its many relatives:

    S T , G S , +     2 5 . 0 0   k g CR LF
    |     |     sign, digits       unit
    |     GS gross, NT net
    ST stable, US in motion, OL over capacity (blanks in place of the digits)
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from simulators.clock import SECOND

SWING_DECAY = 0.12  # seconds; the swing of a full sack falls below the division within about a second
SWING_PERIOD = 0.3
MOTION = 1.2  # seconds after a change until the display is stable
RESTLESS = 0.03  # kg of noise while in motion
QUIET = 0.001  # kg: below the division, so that a stable display stands still


@dataclass(frozen=True, kw_only=True)
class CsvShape:
    """A maker's format of the number: its width, the filler before it, and the text before the unit."""

    width: int = 7
    fill: str = " "
    gap: str = " "


@dataclass(frozen=True, kw_only=True)
class DisplayedWeight:
    """A weight on the display. `weight` in `unit`; None above capacity."""

    weight: Decimal | None
    stable: bool
    net: bool = False
    unit: str = "kg"


def csv_st(shown: DisplayedWeight, shape: CsvShape) -> bytes:
    """Encode one line."""
    mode = "NT" if shown.net else "GS"
    if shown.weight is None:
        # Blanks replace digits, gap and unit.
        return f"OL,{mode},+{'':12}\r\n".encode("ascii")
    state = "ST" if shown.stable else "US"
    sign = "-" if shown.weight < 0 else "+"
    digits = str(abs(shown.weight)).rjust(shape.width, shape.fill)
    return f"{state},{mode},{sign}{digits}{shape.gap}{shown.unit}\r\n".encode("ascii")


class SimulatedScale:
    """A platform and its load. Times are UTC microseconds of the simulated clock."""

    def __init__(self, *, load: float, capacity: float, division: str, rng: Random) -> None:
        self.load = load
        self._capacity = capacity
        self._division = Decimal(division)
        self._rng = rng
        self._before = load
        self._changed_at = 0
        self._unseen = False
        self._creep = self._offset = 0.0
        self._crept_since = 0
        self._leaning = (0.0, 0)
        self._tare = 0.0

    def put(self, kilograms: float, at: int) -> None:
        """Put a load on; below zero, take it off."""
        self._before = self._swinging(at)
        self.load = round(self.load + kilograms, 3)
        self._changed_at = at
        self._unseen = True

    def lean(self, kilograms: float, at: int, length: int) -> None:
        """Lean on the platform for `length` microseconds."""
        self._leaning = (kilograms, at + length)
        self._changed_at, self._before, self._unseen = at, self._loaded(at), True

    def creep(self, kilograms_an_hour: float, at: int) -> None:
        """Begin to drift at this rate; earlier drift stays."""
        self._offset = self._drift(at)
        self._creep = kilograms_an_hour
        self._crept_since = at

    def tare(self, *, on: bool, at: int) -> None:
        """Subtract the present load from now on, or nothing any more."""
        self._tare = round(self._loaded(at), 2) if on else 0.0
        self._unseen = True

    @property
    def net(self) -> bool:
        return self._tare != 0.0

    def _drift(self, at: int) -> float:
        return self._offset + self._creep * (at - self._crept_since) / (3_600 * SECOND)

    def _loaded(self, at: int) -> float:
        kilograms, until = self._leaning
        return self.load + self._drift(at) + (kilograms if at < until else 0.0)

    def show(self, at: int) -> DisplayedWeight:
        """Return the display. However fast the clock runs, a change is shown in motion at least once."""
        kilograms, until = self._leaning
        if kilograms and at >= until:
            self._before, self._changed_at = self._loaded(until - 1), until
            self._leaning, self._unseen = (0.0, 0), True
        stable = at - self._changed_at >= MOTION * SECOND and not self._unseen
        self._unseen = False
        noise = self._rng.gauss(0.0, QUIET if stable else RESTLESS)
        gross = self._swinging(at) + noise
        if gross > self._capacity:
            return DisplayedWeight(weight=None, stable=False, net=self.net)
        weight = Decimal(gross - self._tare).quantize(self._division)
        return DisplayedWeight(weight=weight + 0, stable=stable, net=self.net)

    def _swinging(self, at: int) -> float:
        """Load with the swing of the platform, which comes to rest."""
        age = (at - self._changed_at) / SECOND
        swing = math.exp(-age / SWING_DECAY) * math.cos(2 * math.pi * age / SWING_PERIOD)
        load = self._loaded(at)
        return load + (self._before - load) * swing
