"""A device that talks faster than anybody needs is thinned: up to `MAX_RATE` readings a second of a channel are kept.

What is above that is replaced by what comes after it, never simply dropped: the newest value is always kept, if up to a
tenth of a second later. A burst of a second's readings that waited in a buffer passes whole.
"""

from dataclasses import dataclass

from drivers.reading import Reading

MAX_RATE = 10
"""Readings a second of one channel: a scale's display is not read faster, and air in a chiller moves in minutes."""
PERIOD = 1_000_000 // MAX_RATE

Arrived = tuple[Reading, int]
"""A reading and its arrival, UTC microseconds."""


@dataclass(slots=True)
class _Channel:
    paid_until: int
    held: Arrived | None = None


class Thinning:
    """Lets readings through at their rate. `thinned` counts those that a later one has replaced."""

    def __init__(self) -> None:
        self.thinned = 0
        self._channels: dict[tuple[str, str, str], _Channel] = {}

    def take(self, reading: Reading, at: int) -> list[Arrived]:
        """What may pass now that this has arrived, in order."""
        source = (reading.device, reading.channel, reading.quantity)
        channel = self._channels.setdefault(source, _Channel(at - 1_000_000))
        passed = _release(channel, at)
        if _pays(channel, at):
            passed.append((reading, at))
        else:
            self.thinned += channel.held is not None
            channel.held = (reading, at)
        return passed

    def rebase(self, offset: int) -> None:
        """The clock was set by `offset` microseconds."""
        for channel in self._channels.values():
            channel.paid_until += offset
            if channel.held is not None:
                channel.held = channel.held[0], channel.held[1] + offset

    def tick(self, now: int) -> list[Arrived]:
        """What was held and may pass by now."""
        return [arrived for channel in self._channels.values() for arrived in _release(channel, now)]


def _release(channel: _Channel, at: int) -> list[Arrived]:
    if channel.held is None or not _pays(channel, at):
        return []
    held, channel.held = channel.held, None
    return [held]


def _pays(channel: _Channel, at: int) -> bool:
    """A token bucket (of a second's readings) as the time until which the rate is used up."""
    paid_until = max(channel.paid_until, at - 1_000_000) + PERIOD
    if paid_until > at:
        return False
    channel.paid_until = paid_until
    return True
