"""Compute gross, tare and net of a load, and record all three.

A tare comes from the scale (it shows net by itself), from a container with a known weight, or from what was on the
scale when a person selected it as the container. Two tares at once would be subtracted twice, so that is refused.
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
    """The net weight cannot be computed; the text says why and what to do."""


class Net(msgspec.Struct, frozen=True):
    """One weighing, kg. gross - tare = net, always."""

    gross: Decimal
    tare: Decimal
    net: Decimal


def net_of(weight: Decimal, *, scale_tare: Decimal | None, container: Container | None) -> Net:
    """Return gross, tare and net of a load.

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
