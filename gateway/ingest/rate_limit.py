"""Limit how many readings a second of one channel are kept: `MAX_RATE`, for wires and for the broker alike.

What comes faster is replaced by what comes after it, never simply dropped: the newest value is always kept, if up to a
tenth of a second later. A channel that was quiet may catch up: a burst of what it left unused passes whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.reading import Quantity, Reading

SECOND = 1_000_000
MAX_RATE = 10
"""Readings a second of one channel: a scale's display is not read faster, and air in a chiller moves in minutes."""
PERIOD = SECOND // MAX_RATE
WIRE_BURST = SECOND
"""Microseconds of the rate that a wire may bring at once: what waited in a buffer."""
BROKER_BURST = 24 * 60 * 60 * SECOND
"""The same of the broker, which kept for us what came while we were away: no reading is thinned because it waited."""

Arrived = tuple[Reading, int]
"""A reading and its arrival, UTC microseconds."""
Source = tuple[str, str, Quantity]
"""Device, channel and quantity."""


@dataclass(slots=True)
class _Channel:
    """A token bucket, as the time until which the rate is used up."""

    paid_until: int = 0
    held: Arrived | None = None


class RateLimit:
    """Lets readings pass at their rate. `thinned` counts those that a later one has replaced."""

    def __init__(self, sources: Iterable[Source], burst: int) -> None:
        """Limit these sources; any other passes, for nothing of it is kept."""
        self.thinned = 0
        self._burst = burst
        self._channels = {source: _Channel() for source in sources}

    def admits(self, reading: Reading, at: int) -> bool:
        """Whether a reading that arrived at `at` may pass now; if not, it is held until `tick` or a later one."""
        channel = self._channels.get((reading.device, reading.channel, reading.quantity))
        if channel is None:
            return True
        if channel.held is not None:
            self.thinned += 1
            channel.held = None
        if self._pays(channel, at):
            return True
        channel.held = reading, at
        return False

    def tick(self, now: int) -> list[Arrived]:
        """Release what was held and may pass by now."""
        return _released(channel for channel in self._channels.values() if channel.held and self._pays(channel, now))

    def release(self) -> list[Arrived]:
        """Release all that is held."""
        return _released(self._channels.values())

    def rebase(self, offset: int) -> None:
        """Go on by a clock that was set by `offset` microseconds."""
        for channel in self._channels.values():
            channel.paid_until += offset
            if channel.held is not None:
                channel.held = channel.held[0], channel.held[1] + offset

    def _pays(self, channel: _Channel, at: int) -> bool:
        paid_until = max(channel.paid_until, at - self._burst) + PERIOD
        if paid_until > at:
            return False
        channel.paid_until = paid_until
        return True


def _released(channels: Iterable[_Channel]) -> list[Arrived]:
    released = []
    for channel in channels:
        if channel.held is not None:
            released.append(channel.held)
            channel.held = None
    return released
