"""Compute the dew point by the Magnus formula.

    γ = ln(RH/100) + 17.62·T/(243.12 + T)        Td = 243.12·γ/(17.62 − γ)

Source: WMO-No. 8, Guide to Instruments and Methods of Observation, annex 4.B; coefficients of Sonntag (1990) over
water, −45…60 °C. Within 0.01 K of psychrolib at 5…33 °C. Water condenses on what is colder than the dew point.
"""

import math

from gateway.haccp.models.errors import ModelError

VALID = (-45.0, 60.0)
"""Cel"""

_A, _B = 17.62, 243.12


def dew_point(temperature: float, humidity: float) -> float:
    """Return the dew point in Cel of air at `temperature` in Cel and `humidity` in %RH.

    Raises:
        ModelError: outside the range of the formula, or air without any water.
    """
    if not VALID[0] <= temperature <= VALID[1]:
        raise ModelError("temperature", f"{temperature:g} is outside −45…60 °C, the range of the Magnus formula")
    if not 0 < humidity <= 100:
        raise ModelError("humidity", f"{humidity:g} is not above 0 and at most 100 %RH")
    gamma = math.log(humidity / 100) + _A * temperature / (_B + temperature)
    return _B * gamma / (_A - gamma)
