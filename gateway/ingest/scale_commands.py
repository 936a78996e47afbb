"""Zero and tare, as people tell a scale that is asked: `device`, `who`.

The answer says that the scale is told; what it refuses (because it moves) is counted as trouble of that device. Nothing
waits: a scale that cannot be reached now is not told later, with something else on it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from drivers.contract import ScaleCommand
from drivers.errors import DriverError
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall, Json, Procedure, RefusedError
from gateway.records.transaction import Event, Transaction


class TellsScales(Protocol):
    """The link of a scale."""

    def order(self, device: str, command: ScaleCommand) -> None:
        """Tell it soon. Raises drivers.errors.DriverError: it cannot be told, or not now."""


def scale_commands(links: Mapping[str, TellsScales]) -> dict[str, Procedure]:
    """Build the two commands.

    Args:
        links: of the scales that can be told, by device.
    """
    both: tuple[ScaleCommand, ...] = ("zero", "tare")
    return {what: Procedure(partial(_tell, links, what), partial(_told, what)) for what in both}


def _tell(
    links: Mapping[str, TellsScales], what: ScaleCommand, kitchen: Kitchen, transaction: Transaction, order: CommandCall
) -> Json:
    device, who = order.text("device"), order.person(kitchen)
    if device not in links:
        known = ", ".join(links) or "none in this kitchen"
        raise RefusedError("unknown_device", f"{device!r} is no scale that can be told; those are: {known}")
    try:
        links[device].order(device, what)
    except DriverError as error:
        raise RefusedError("not_allowed", str(error)) from error
    kind = f"scale_{what}"
    transaction.events.append(Event(key=order.event_key, kind=kind, subject=device, at=order.now, person=who, body={}))
    return _result(device, what)


def _told(what: ScaleCommand, _kitchen: Kitchen, order: CommandCall) -> Json:
    return _result(order.text("device"), what)


def _result(device: str, what: ScaleCommand) -> Json:
    return {"device": device, "command": what}
