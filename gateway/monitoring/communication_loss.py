"""When nobody listened, or a device said that it is gone: its points have no value from then on, and people are told.

What was said before counts until then, and nothing does until a device speaks again.
"""

from collections.abc import Collection

from drivers.reading import UNIT_OF, Quality, Reading, Reason
from gateway.alarms.conditions import past_system_alarm
from gateway.alarms.kinds import SystemKind
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Event, Transaction


def device_is_gone(kitchen: Kitchen, transaction: Transaction, device: str, *, at: int) -> None:
    """A device, or its broker for it, says so."""
    for point in kitchen.points.values():
        if point.plan.device == device:
            _lose(kitchen, transaction, point, at)


def unheard(
    kitchen: Kitchen, transaction: Transaction, devices: Collection[str] | None, *, since: int, until: int
) -> None:
    """Nobody listened to these devices (None: to none): one that reports changes alone may have changed unheard."""
    for point in kitchen.points.values():
        plan = point.plan
        if plan.reports_changes and until - since > plan.unheard_after and (devices is None or plan.device in devices):
            _lose(kitchen, transaction, point, max(since, point.newest_at + 1))


def _lose(kitchen: Kitchen, transaction: Transaction, point: LivePoint, at: int) -> None:
    if point.latest is not None and point.latest.reason == Reason.NO_COMMUNICATION:
        return
    silence = Reading(
        device=point.plan.device,
        channel=point.plan.channel,
        quantity=point.quantity,
        value=None,
        unit=UNIT_OF[point.quantity],
        quality=Quality.BAD,
        reason=Reason.NO_COMMUNICATION,
    )
    kitchen.take(transaction, silence, at)


def gateway_was_off(kitchen: Kitchen, transaction: Transaction, *, since: int, until: int) -> None:
    """The gateway was not running: nothing was seen between, and somebody should know."""
    body: dict[str, object] = {"from": since, "to": until, "reason": "gateway_off"}
    transaction.events.append(Event(key=f"gap:gateway:{since}", kind="gap", subject="gateway", at=since, body=body))
    unheard(kitchen, transaction, None, since=since, until=until)
    was_off(kitchen, transaction, since=since, until=until)


def was_off(kitchen: Kitchen, transaction: Transaction, *, since: int, until: int) -> None:
    """Somebody should know, unless it was too short for anything to be missed."""
    longest = max((point.plan.max_gap for point in kitchen.by_id.values()), default=0)
    if until - since > longest:
        alarm = past_system_alarm(SystemKind.GATEWAY_WAS_OFF, since=since, until=until)
        kitchen.board.find(transaction, alarm)
