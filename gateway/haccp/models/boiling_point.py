"""Compute the boiling point of water at an altitude: the second point of a probe's calibration.

    p = 101.325·(1 − 2.25577e-5·h)^5.25588 kPa        T = B/(A − log10 p) − C, p in mmHg

Source: ICAO standard atmosphere (Doc 7488), troposphere; Antoine coefficients of water for 1…100 °C, 8.07131,
1730.63, 233.426. 97.45 °C in Bandung (768 m): never 100 away from the sea. The weather moves it by ±0.5 K.
"""

import math

from gateway.haccp.models.errors import ModelError

VALID = (-430.0, 9000.0)
"""Metres: from the Dead Sea to above any kitchen."""

_A, _B, _C = 8.07131, 1730.63, 233.426
_MMHG_PER_KPA = 760 / 101.325


def pressure(altitude_m: float) -> float:
    """Return the pressure of the standard atmosphere at an altitude, in kPa.

    Raises:
        ModelError: no kitchen is there.
    """
    if not VALID[0] <= altitude_m <= VALID[1]:
        raise ModelError("altitude_m", f"{altitude_m:g} is outside −430…9000 m")
    return float(101.325 * (1 - 2.25577e-5 * altitude_m) ** 5.25588)


def boiling_point(altitude_m: float) -> float:
    """Return the boiling point of water at an altitude, in Cel.

    Raises:
        ModelError: no kitchen is there.
    """
    return _B / (_A - math.log10(pressure(altitude_m) * _MMHG_PER_KPA)) - _C
