"""What went wrong, counted by device and kind, and said once in a while instead of a thousand times."""

import logging
from collections import defaultdict
from typing import Any

SAY_AGAIN_AFTER = 600_000_000
"""Microseconds before the same kind of trouble of the same device is worth another line in the log."""
MOST_DEVICES = 1_000
OTHERS = "others"
"""Where a broker's stranger number 1,001 is counted: names from outside may not fill the memory."""

log = logging.getLogger(__name__)


class Counters:
    """Counts for `health`; the first of a kind is logged at once."""

    def __init__(self) -> None:
        self.readings = 0
        self.duplicates = 0
        self.late = 0
        self.thinned = 0
        self.troubles: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._said_at: dict[tuple[str, str], int] = {}
        self._latest: dict[tuple[str, str], tuple[str, int]] = {}
        self.version = 0
        """Grows with everything that is counted: whoever shows the troubles compares it."""

    def count(self, device: str, kind: str) -> None:
        """Count what somebody else has said."""
        self.troubles[device][kind] += 1
        self.version += 1

    def trouble(self, device: str, kind: str, text: str, at: int) -> None:
        """Count it, and say it unless the same was said lately."""
        if device not in self.troubles and len(self.troubles) >= MOST_DEVICES:
            device = OTHERS
        kinds = self.troubles[device]
        kinds[kind] += 1
        self._latest[device, kind] = (text, at)
        self.version += 1
        said_at = self._said_at.get((device, kind))
        if said_at is None or not 0 <= at - said_at < SAY_AGAIN_AFTER:
            self._said_at[device, kind] = at
            log.warning("%s: %s (%d so far)", device, text, kinds[kind])

    def told(self) -> list[dict[str, Any]]:
        """Each kind of trouble of each device: how often, and the latest in a sentence with its time."""
        return [
            {"device": device, "kind": kind, "count": count, "text": text, "at": at}
            for device, kinds in self.troubles.items()
            for kind, count in kinds.items()
            for text, at in (self._latest.get((device, kind), (None, None)),)
        ]
