"""Watch the links: which is lost since when, what that means for the points behind it, and the gaps that it leaves."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any, Protocol

import msgspec

from drivers.bus.station import BusStatistics
from drivers.contract import LinkChange, Trouble
from gateway.alarms.kinds import SystemKind
from gateway.monitoring.communication_loss import unheard
from gateway.monitoring.kitchen import Kitchen
from gateway.records.gaps import broker_gap, link_gap, overrun_gap
from gateway.records.time_shift import moved
from gateway.records.transaction import Transaction
from gateway.runtime.health.system_alarms import SystemAlarms

BROKER = "mqtt"
"""Name of the broker's link; that of a wire is made of its devices' ids."""
BROKER_LOST_AFTER = 15_000_000
"""Microseconds: a broker that is restarted is back within seconds, and that is no alarm."""

Json = dict[str, Any]


class AskingLink(Protocol):
    """A link that asks its devices."""

    @property
    def statistics(self) -> Mapping[str, BusStatistics]: ...


class LinkHealth:
    """Every link and whether it is up. `asking`: those that ask their devices."""

    def __init__(self, kitchen: Kitchen, alarms: SystemAlarms, asking: Collection[AskingLink] = ()) -> None:
        self._kitchen = kitchen
        self._alarms = alarms
        self._asking = asking
        self._links: dict[str, LinkChange] = {}

    def shown(self) -> list[Json]:
        """Return how each link stands."""
        return [{"name": c.link, "up": c.up, "text": c.text, "since": c.at} for c in self._links.values()]

    def questions(self) -> dict[str, Json]:
        """Return what became of the questions to each device that is asked."""
        return {device: asdict(counts) for link in self._asking for device, counts in link.statistics.items()}

    def changed(self, transaction: Transaction, change: LinkChange) -> None:
        """Take a link that is lost or back; what a broker forgot meanwhile it does not say, so the span is a gap."""
        before = self._links.get(change.link)
        if before is not None and not before.up and not change.up:
            # It is still the same loss, for another reason.
            change = msgspec.structs.replace(change, at=before.at)
        self._links[change.link] = change
        self._kitchen.changes.links = True
        if not change.up:
            self._kitchen.counters.count(change.link, "lost")
        elif change.link == BROKER:
            self._alarms.return_(transaction, SystemKind.BROKER_LOST, change.at)
        if change.up and before is not None and not before.up:
            self._back(transaction, before, change)

    def _back(self, transaction: Transaction, lost: LinkChange, back: LinkChange) -> None:
        if back.link == BROKER:
            devices = [device.id for device in self._kitchen.config.devices if device.port is None]
            gap = broker_gap(lost, back)
        else:
            devices = back.link.split("+")
            gap = link_gap(lost, back, self._points_of(devices))
        unheard(self._kitchen, transaction, devices, since=lost.at, until=back.at)
        transaction.events.append(gap)

    def trouble(self, transaction: Transaction, trouble: Trouble) -> None:
        """Record the span in which frames of a wire were not read as a gap."""
        if trouble.since is not None:
            transaction.events.append(overrun_gap(trouble, trouble.since, self._points_of([trouble.device])))

    def tick(self, transaction: Transaction, now: int) -> None:
        """Raise the alarm of a broker that stays away."""
        broker = self._links.get(BROKER)
        if broker is not None and not broker.up and now - broker.at >= BROKER_LOST_AFTER:
            self._alarms.raise_(transaction, SystemKind.BROKER_LOST, since=broker.at, now=now, reason=broker.text)

    def rebase(self, turn: Callable[[int], int]) -> None:
        """Go on by a clock that was set: since when a link is lost is told by the new time."""
        self._links = {name: moved(change, turn) for name, change in self._links.items()}

    def _points_of(self, devices: Collection[str]) -> list[str]:
        return [point.id for point in self._kitchen.config.points if point.device in devices]
