"""Decide when a probe has to be checked again, and why (pure).

It is due every week, and after a drop or a swing of more than 100 K within an hour: both strain the wires and joints of
a probe. FDA Food Code 2022, 4-502.11(B), asks that thermometers are kept accurate; the week, the swing and the hour are
good practice, not numbers of a law.

Times are UTC microseconds.
"""

from collections import deque
from enum import StrEnum

from gateway.records.corrections import Corrections

SWING = 100.0
"""K; more than this within SWING_MINUTES."""
SWING_MINUTES = 60


class DueCause(StrEnum):
    """Why a check is due."""

    TIME = "time"
    SWING = "swing"
    DROP = "drop"


def due_at(corrections: Corrections, first_at: int | None, every: int) -> int | None:
    """Return from when on a check is due; None if it never is.

    Args:
        corrections: of the probe.
        first_at: its first reading; a probe that was never checked is due as long after it.
        every: microseconds between two checks; 0: never.
    """
    if corrections.overdue_since is not None:
        return corrections.overdue_since
    since = first_at if corrections.trusted_at is None else corrections.trusted_at
    return None if since is None or every == 0 else since + every


class Swings:
    """Remembers the lowest and highest value of each of the last minutes of one probe."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[float, float]] = deque(maxlen=SWING_MINUTES)

    def note(self, low: float, high: float) -> bool:
        """Note a minute's values, and return whether the last hour is a swing."""
        self._minutes.append((low, high))
        return max(top for _, top in self._minutes) - min(bottom for bottom, _ in self._minutes) > SWING

    def clear(self) -> None:
        self._minutes.clear()
