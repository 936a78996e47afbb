"""Zero and tare, as people tell a scale that is asked.

The answer says that the scale is told; what it refuses (because it moves) is counted as trouble of that device. Nothing
waits: a scale that cannot be reached now is not told later, with something else on it.
"""

from collections.abc import Mapping
from typing import Protocol

from drivers.contract import ScaleCommand
from drivers.errors import DriverError
from gateway.records.commands import Asked, Call, Json, Name, Procedure, RefusedError
from gateway.records.transaction import Transaction


class TellsScales(Protocol):
    """The link of a scale."""

    def order(self, device: str, command: ScaleCommand) -> None:
        """Tell it soon. Raises drivers.errors.DriverError: it cannot be told, or not now."""


Links = Mapping[str, TellsScales]
"""Of the scales that can be told, by device."""


class TellScale(Asked, frozen=True, kw_only=True):
    """A command that goes on to a scale."""

    device: Name


class ZeroScale(TellScale, frozen=True, kw_only=True):
    """Take what the scale shows now, with nothing on it, for zero."""

    command = "zero"


class TareScale(TellScale, frozen=True, kw_only=True):
    """Take what stands on the scale now for its tare."""

    command = "tare"


def zero(links: Links, transaction: Transaction, call: Call[ZeroScale]) -> Json:
    """Tell a scale to set its zero."""
    return _tell(links, transaction, call, what="zero")


def tare(links: Links, transaction: Transaction, call: Call[TareScale]) -> Json:
    """Tell a scale to tare."""
    return _tell(links, transaction, call, what="tare")


def _tell(links: Links, transaction: Transaction, call: Call[TellScale], *, what: ScaleCommand) -> Json:
    device = call.asked.device
    if device not in links:
        known = ", ".join(links) or "none in this kitchen"
        raise RefusedError("unknown_device", f"{device!r} is no scale that can be told; those are: {known}")
    try:
        links[device].order(device, what)
    except DriverError as error:
        raise RefusedError("not_allowed", str(error)) from error
    transaction.events.append(call.event(f"scale_{what}", device, {}))
    return _told(links, call)


def _told(_: Links, call: Call[TellScale]) -> Json:
    return {"device": call.asked.device, "command": call.asked.command}


SCALE_COMMANDS = (Procedure(ZeroScale, zero, _told), Procedure(TareScale, tare, _told))
