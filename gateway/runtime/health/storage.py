"""Watch the journal: whether it records, whether its file is whole, and how large its log has grown."""

from gateway.alarms.kinds import SystemKind
from gateway.journal.journal import Journal
from gateway.journal.writing.write_ahead_log import ALARM_AT
from gateway.records.transaction import Transaction
from gateway.runtime.health.system_alarms import SystemAlarms


class StorageHealth:
    """The state of the journal as alarms."""

    def __init__(self, journal: Journal, alarms: SystemAlarms) -> None:
        self._journal = journal
        self._alarms = alarms

    @property
    def lost_since(self) -> int | None:
        """Since when nothing is recorded; None while all is."""
        return self._journal.lost_since

    def tick(self, transaction: Transaction, now: int) -> None:
        """Raise and return the alarms of the journal."""
        lost = self._journal.lost_since
        if lost is not None:
            reason = self._journal.lost_text
            self._alarms.raise_(transaction, SystemKind.RECORDING_LOST, since=lost, now=now, reason=reason)
        else:
            self._alarms.return_(transaction, SystemKind.RECORDING_LOST, now)
        self._judge_log(transaction, now)
        if self._journal.file.set_aside is not None:
            text = f"the journal was corrupt and stands aside as {self._journal.file.set_aside.name}"
            self._alarms.raise_(transaction, SystemKind.JOURNAL_CORRUPT, since=now, now=now, reason=text)
            self._journal.file.set_aside = None

    def _judge_log(self, transaction: Transaction, now: int) -> None:
        size = self._journal.file.log_size
        if size > ALARM_AT:
            text = f"{self._journal.path.name}-wal has {size >> 20} MB: a program reads the journal and does not end"
            self._alarms.raise_(transaction, SystemKind.LOG_LARGE, since=now, now=now, reason=text)
        else:
            self._alarms.return_(transaction, SystemKind.LOG_LARGE, now)

    def set_damaged_aside(self, text: str, now: int, file: int) -> None:
        """Set a file aside that a reader found damaged, and go on with a new one."""
        self._journal.set_damaged_aside(text, now, inode=file)

    def rest(self) -> None:
        """Look after the file while nothing else is to be done."""
        self._journal.rest()
