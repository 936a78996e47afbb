"""What the process that writes the journal asks of it, by subject. A dead disk is answered for: see `question`."""

from gateway.journal.reads.alarms import AlarmReads
from gateway.journal.reads.food_batches import FoodBatchReads
from gateway.journal.reads.readings import ReadingReads
from gateway.journal.reads.state import StateReads
from gateway.journal.reads.stock import StockReads
from gateway.journal.writing.file import JournalFile


class Reads:
    """All questions to one file."""

    def __init__(self, file: JournalFile) -> None:
        self.readings = ReadingReads(file)
        self.alarms = AlarmReads(file)
        self.food_batches = FoodBatchReads(file)
        self.stock = StockReads(file)
        self.state = StateReads(file)
