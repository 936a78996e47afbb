"""Reading the journal that a test writes."""

from pathlib import Path

from gateway.journal.reads import Reads
from gateway.journal.writing.file import JournalFile
from gateway.journal.writing.writer import Writer


def reads_of(writer: Writer) -> Reads:
    """What the process of this writer may ask."""
    file = JournalFile(Path("never opened by its name"), {})
    file.use(writer)
    return Reads(file)
