"""What a format remembers of earlier messages: bounded, since anybody may publish names that never end."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from drivers.contract import RejectedRecord
from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason

REMEMBERED = 4_096
"""Entries; a kitchen has hundreds."""
MOST_CHANNELS = 256
"""Of one device."""
LONGEST = 512
"""Characters of what is remembered by name; nothing that was made to be used has a longer one."""

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(Generic[K, V]):
    """A dictionary that forgets what was put longest ago."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember it, unless its name is too long to be one."""
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
    """The channels that each device has shown, so that a lost one is missed by name."""

    def __init__(self) -> None:
        self._of: BoundedDict[str, dict[tuple[str, Quantity], None]] = BoundedDict()

    def note(self, results: Iterable[Reading | RejectedRecord]) -> None:
        for each in results:
            if isinstance(each, Reading):
                known = self._of.get(each.device) or {}
                if len(known) < MOST_CHANNELS and len(each.channel) <= LONGEST:
                    known[each.channel, each.quantity] = None
                self._of.put(each.device, known)

    def lost(self, device: str) -> list[Reading]:
        """A BAD reading for each of a device's channels: it is not there any more."""
        known = self._of.get(device) or {}
        return [missing(device, channel, quantity, Reason.NO_COMMUNICATION) for channel, quantity in known]

    def all_lost(self) -> list[Reading]:
        """The same of all devices."""
        return [reading for device in self._of for reading in self.lost(device)]


def missing(device: str, channel: str, quantity: Quantity, reason: Reason) -> Reading:
    """A BAD reading of a channel that has no value."""
    return Reading(
        device=device,
        channel=channel,
        quantity=quantity,
        value=None,
        unit=UNIT_OF[quantity],
        quality=Quality.BAD,
        reason=reason,
    )
