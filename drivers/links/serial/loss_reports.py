"""When a line that is lost or back is worth a word: one down, one up, however the port jumps.

            opened            heard, or open for `hold` s
    NEW ───────────► UP   DOWN ──────────────────────────► UP
     │   lost         │ lost, deaf                          │
     └──────► DOWN    └──────► DOWN ◄───────────────────────┘

    - The first opening is said at once. After a loss the port must hold, or give a reading: an adapter that opens and
      fails at once stays down, in silence.
    - `hold` doubles for a port that fails again and again, and is short again for one that held a minute.
    - A deaf line (open, but nothing comes) is back only when a byte has come: opening it proves nothing.

Pure: `now` is in seconds of any zero that only grows.
"""

from dataclasses import dataclass
from enum import Enum, auto

SHORTEST_HOLD = 1.0
LONGEST_HOLD = 60.0
STEADY = 60.0  # seconds after which a port has held


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What is worth saying."""

    up: bool
    text: str


class ReportedState(Enum):
    """What was said last."""

    NEW = auto()
    UP = auto()
    DOWN = auto()


class LossReports:
    """Decides what to say of one line."""

    def __init__(self) -> None:
        self._state = ReportedState.NEW
        self._hold = SHORTEST_HOLD
        self._opened_at: float | None = None
        self._opened_text = ""
        self._deaf = False

    @property
    def is_up(self) -> bool:
        """What was said last is that it is up."""
        return self._state is ReportedState.UP

    def opened(self, text: str, now: float) -> LinkReport | None:
        """The port is open; `text` says so."""
        self._opened_at, self._opened_text = now, text
        return self._say_up() if self._state is ReportedState.NEW else None

    def came(self, now: float, *, byte: bool, reading: bool) -> LinkReport | None:
        """Time passes on the open port; tell whether a byte, and whether a reading came."""
        if self._state is ReportedState.UP or self._opened_at is None:
            return None
        held = now - self._opened_at >= self._hold and not self._deaf
        return self._say_up() if reading or held or (byte and self._deaf) else None

    def lost(self, text: str, now: float, *, deaf: bool = False) -> LinkReport | None:
        """The port cannot be opened, is lost, or is `deaf`."""
        if self._opened_at is not None and not deaf:
            short = now - self._opened_at < STEADY
            self._hold = min(2 * self._hold, LONGEST_HOLD) if short else SHORTEST_HOLD
        self._opened_at, self._deaf = None, deaf
        if self._state is ReportedState.DOWN:
            return None
        self._state = ReportedState.DOWN
        return LinkReport(up=False, text=text)

    def _say_up(self) -> LinkReport:
        self._state, self._deaf = ReportedState.UP, False
        return LinkReport(up=True, text=self._opened_text)
