"""Define the content of one scale frame, whatever its protocol, and convert it to a reading in kg.

The weight is the decimal text of the frame, in the frame's unit. Factors are exact: international avoirdupois pound
and ounce (NIST SP 811, appendix B.8).
"""

from dataclasses import dataclass
from decimal import Decimal

from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason

KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "mg": Decimal("0.000001"),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}
NO_MASS = ("pcs", "%")
# unit in a frame, in lower case → our name
UNITS = {name: name for name in (*KILOGRAMS, *NO_MASS)} | {"pc": "pcs"}

# The frame holds nothing about the load on the scale: it is counted, and the last weight stays valid.
NOT_A_WEIGHING = frozenset({Reason.NOT_WEIGHT, Reason.BUSY, Reason.SYNTAX, Reason.TRANSMISSION, Reason.CHECKSUM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Content of one scale frame.

    Attributes:
        weight: in `unit`, signed; None when out of range, on error, or when the frame has none.
        unit: kg, g, mg, t, lb, oz, pcs or %; None when the frame has none.
        stable: the scale's stability flag; None when the frame has none.
        net: True when a tare is subtracted; None when the frame does not state it.
        overload: above capacity. Below range is error `underload`.
        error: why there is no weight.
        tare: in `unit`; None when the frame has none.
    """

    weight: Decimal | None = None
    unit: str | None = None
    stable: bool | None = None
    net: bool | None = None
    overload: bool = False
    error: Reason | None = None
    tare: Decimal | None = None


def to_reading(weighing: Weighing, device: str, channel: str = "weight", *, unit: str | None = None) -> Reading:
    """Convert a weighing to a reading in kg; BAD with the reason when there is no mass.

    Args:
        weighing: content of the frame.
        device: id of the scale.
        channel: of the reading.
        unit: for a frame that has none.
    """
    reason = _reason(weighing)
    factor = KILOGRAMS.get(weighing.unit or unit or "")
    if reason is None and factor is None:
        reason = Reason.NOT_WEIGHT
    good = reason is None
    return Reading(
        device=device,
        channel=channel,
        quantity=Quantity.WEIGHT,
        value=_kilograms(weighing.weight, factor) if good else None,
        unit=UNIT_OF[Quantity.WEIGHT],
        quality=Quality.GOOD if good else Quality.BAD,
        reason=reason,
        stable=weighing.stable,
        net=weighing.net,
        tare=_kilograms(weighing.tare, factor),
    )


def _reason(weighing: Weighing) -> Reason | None:
    if weighing.overload:
        return Reason.OVERLOAD
    if weighing.error is None and weighing.weight is None:
        return Reason.NO_READING
    return weighing.error


def _kilograms(weight: Decimal | None, factor: Decimal | None) -> float | None:
    if weight is None or factor is None:
        return None
    return float(weight * factor) + 0.0  # a scale's "-0.000" is zero
