"""What goods are weighed in: gross, tare and net, each kept.

A tare comes from the scale (it shows net by itself), from a container that is known by name, or from what stood on the
scale when somebody said "this is the pot". Two tares at once would be subtracted twice, so that is a question.
"""

from decimal import Decimal

import msgspec

from gateway.stock.weighing.changes import ZERO


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name and a known weight, kg."""

    id: str
    name: dict[str, str]
    tare: Decimal
    weighed_at: int | None = None


class TareError(ValueError):
    """There is no net weight; the text says why and what to do."""


class Net(msgspec.Struct, frozen=True):
    """One weighing, kg. gross - tare = net, always."""

    gross: Decimal
    tare: Decimal
    net: Decimal


def net_of(weight: Decimal, *, scale_tare: Decimal | None, container: Container | None) -> Net:
    """What a load is without what it came in.

    Args:
        weight: kg by which the scale's display grew.
        scale_tare: kg that the scale subtracts by itself, None or 0 when it does not.
        container: what the load came in, when it is known by name.

    Raises:
        TareError: two tares, or less than nothing is left.
    """
    if scale_tare and container is not None:
        raise TareError(
            f"the scale subtracts {scale_tare} kg by itself and {container.id} weighs {container.tare} kg: "
            "clear the scale's tare, or weigh without the container's name"
        )
    if scale_tare:
        return Net(weight + scale_tare, scale_tare, weight)
    tare = ZERO if container is None else container.tare
    if weight - tare <= 0 and container is not None:
        raise TareError(f"{weight} kg is not more than {container.id} alone ({tare} kg): is it empty, or another one?")
    return Net(weight, tare, weight - tare)
