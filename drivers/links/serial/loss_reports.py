"""Decide when to report a line lost or back: one report down, one up, however often the port comes and goes.

            opened            reading, or open for `hold` s
    NEW ───────────► UP   DOWN ──────────────────────────► UP
     │   lost         │ lost, deaf                          │
     └──────► DOWN    └──────► DOWN ◄───────────────────────┘

    - The first opening is reported at once. After a loss the port must stay open for a while, or give a reading: an
      adapter that opens and fails at once stays down without further reports.
    - `hold` doubles for a port that fails again and again. It is short again for a port that stayed open for a minute.
    - A deaf line (open, but silent for too long) is back only when a byte arrives: opening it proves nothing.

Pure: `now` is in seconds of any zero that only grow.
"""

from dataclasses import dataclass
from enum import Enum, auto

SHORTEST_HOLD = 1.0
LONGEST_HOLD = 60.0
STEADY = 60.0  # seconds for which a port that works stays open


@dataclass(frozen=True, slots=True)
class LinkReport:
    """A report that a line is lost or back."""

    up: bool
    text: str


class ReportedState(Enum):
    """State in the last report."""

    NEW = auto()
    UP = auto()
    DOWN = auto()


class LossReports:
    """Decides on the reports of one line."""

    def __init__(self) -> None:
        self._state = ReportedState.NEW
        self._hold = SHORTEST_HOLD
        self._opened_at: float | None = None
        self._opened_text = ""
        self._deaf = False

    @property
    def is_up(self) -> bool:
        """True when the last report was that the line is up."""
        return self._state is ReportedState.UP

    def opened(self, text: str, now: float) -> LinkReport | None:
        """Note that the port was opened; `text` is for the report."""
        self._opened_at, self._opened_text = now, text
        return self._report_up() if self._state is ReportedState.NEW else None

    def turned(self, now: float, *, byte: bool, reading: bool) -> LinkReport | None:
        """Note a turn on the open port, and whether a byte or a reading arrived in it."""
        if self._state is ReportedState.UP or self._opened_at is None:
            return None
        held = now - self._opened_at >= self._hold and not self._deaf
        return self._report_up() if reading or held or (byte and self._deaf) else None

    def lost(self, text: str, now: float, *, deaf: bool = False) -> LinkReport | None:
        """Note that the port cannot be opened, is lost, or is `deaf`."""
        if self._opened_at is not None and not deaf:
            short = now - self._opened_at < STEADY
            self._hold = min(2 * self._hold, LONGEST_HOLD) if short else SHORTEST_HOLD
        self._opened_at, self._deaf = None, deaf
        if self._state is ReportedState.DOWN:
            return None
        self._state = ReportedState.DOWN
        return LinkReport(up=False, text=text)

    def _report_up(self) -> LinkReport:
        self._state, self._deaf = ReportedState.UP, False
        return LinkReport(up=True, text=self._opened_text)
