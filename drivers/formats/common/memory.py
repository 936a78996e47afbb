"""Remember earlier messages in bounded memory, since anybody may publish new names without end."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from drivers.contract import RejectedRecord
from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason

REMEMBERED = 4_096
"""Entries; a kitchen has hundreds."""
MOST_CHANNELS = 256
"""Of one device."""
LONGEST = 512
"""Characters of a key. No real name is longer."""

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(Generic[K, V]):
    """A dictionary that forgets the entry that was put longest ago."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember a value, unless its key is too long to be a name."""
        if len(str(key)) > LONGEST:
            return
        self._values.pop(key, None)
        if len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[key] = value

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def forget(self) -> None:
        self._values.clear()


class KnownChannels:
    """The channels that each device has published, so that a lost device's channels can be named."""

    def __init__(self) -> None:
        self._of: BoundedDict[str, dict[tuple[str, Quantity], None]] = BoundedDict()

    def note(self, results: Iterable[Reading | RejectedRecord]) -> None:
        """Remember the channels of readings."""
        for result in results:
            if isinstance(result, Reading):
                channels = self._of.get(result.device) or {}
                if len(channels) < MOST_CHANNELS and len(result.channel) <= LONGEST:
                    channels[result.channel, result.quantity] = None
                self._of.put(result.device, channels)

    def lost(self, device: str) -> list[Reading]:
        """Return a BAD reading for each channel of a device that is offline."""
        channels = self._of.get(device) or {}
        return [missing(device, channel, quantity, Reason.NO_COMMUNICATION) for channel, quantity in channels]

    def all_lost(self) -> list[Reading]:
        """Return a BAD reading for each channel of all devices."""
        return [reading for device in self._of for reading in self.lost(device)]


def missing(device: str, channel: str, quantity: Quantity, reason: Reason) -> Reading:
    """Build the BAD reading of a channel without a value."""
    return Reading(
        device=device,
        channel=channel,
        quantity=quantity,
        value=None,
        unit=UNIT_OF[quantity],
        quality=Quality.BAD,
        reason=reason,
    )
