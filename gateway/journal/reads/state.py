"""Questions about how the gateway stood at its last commit: what a start goes on from."""

from collections.abc import Mapping, Sequence

from gateway.journal.history.clock import ClockState, clock_state
from gateway.journal.history.corrections import corrections_in
from gateway.journal.reads.question import Questions, otherwise
from gateway.journal.sql import statements
from gateway.records.corrections import Corrections
from gateway.records.transaction import Fold, SinkRow

_SQL = statements("state")


class StateReads(Questions):
    """Folds, cursors, the clock, and by what a thing is known that comes twice."""

    @otherwise(False)
    def has_event(self, key: str) -> bool:
        """Return whether an event of this key is recorded."""
        return self._row(_SQL["has_event"], key) is not None

    @otherwise(None)
    def corrections(self) -> Mapping[str, Corrections] | None:
        """Return the corrections of every point that an event corrects; None while the journal cannot be read."""
        return corrections_in(self._database.connection)

    @otherwise(())
    def folds(self) -> Sequence[Fold]:
        """Return how every rule and scale stood."""
        return [Fold(*row) for row in self._rows(_SQL["folds"])]

    @otherwise(())
    def refold_due(self) -> Sequence[tuple[str, int]]:
        """Return what is to be folded anew, and from when on."""
        return [(control, since) for control, since in self._rows(_SQL["refold_due"])]

    @otherwise(())
    def inbox(self) -> Sequence[bytes]:
        """Return the keys of the messages that the broker may send again, oldest first."""
        return [key for (key,) in self._rows(_SQL["inbox"])]

    @otherwise(None)
    def sink(self, name: str) -> SinkRow | None:
        """Return how far a delivery has come; None when it never delivered."""
        row = self._row(_SQL["sink"], name)
        return SinkRow(*row) if row else None

    @otherwise(None)
    def meta(self, key: str) -> str | None:
        """Return the text that is kept under a key."""
        row = self._row(_SQL["meta"], key)
        return row[0] if row else None

    @otherwise(None)
    def clock(self) -> ClockState | None:
        """Return how the clock stood; None in a new journal."""
        return clock_state(self._database.connection)
