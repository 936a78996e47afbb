"""Judge whether a reading is within its limit, given its uncertainty.

Source: ILAC-G8:09/2019 and JCGM 106:2012, decision rule with a guard band of the expanded uncertainty U: conformity is
stated only when the whole interval reading ± U is on the good side, non-conformity only when all of it is on the bad.
Exactly at the limit satisfies it. Decimal inside, so that 2.3 − 0.3 is 2.0.
"""

from decimal import Decimal
from enum import StrEnum

from gateway.haccp.models.errors import ModelError


class Sense(StrEnum):
    """Say which side of the limit is the good one."""

    MIN = "min"
    MAX = "max"


class Conformity(StrEnum):
    """Say whether a reading conforms."""

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    INDETERMINATE = "INDETERMINATE"


def conformity(reading: float, limit: float, sense: Sense, uncertainty: float = 0.0) -> Conformity:
    """Judge a reading against a limit; all in one unit, `uncertainty` is the expanded one (U).

    Raises:
        ModelError: U is negative.
    """
    if uncertainty < 0:
        raise ModelError("uncertainty", "must not be negative")
    beyond = exact(reading) - exact(limit)
    inside = beyond if sense is Sense.MIN else -beyond
    if inside >= exact(uncertainty):
        return Conformity.PASS
    return Conformity.FAIL if inside < -exact(uncertainty) else Conformity.INDETERMINATE


def exact(value: float) -> Decimal:
    """Return the decimal that a person reads for a float."""
    return Decimal(repr(float(value)))
