"""What a start asks the journal about batches of food."""

from typing import Any

from gateway.journal.disk import Disk

Row = tuple[Any, ...]


def batches(disk: Disk, since: int) -> list[str]:
    """Bodies of the batches that run or ended since then, oldest first."""
    sql = "SELECT body FROM batch WHERE state IN ('proposed', 'open') OR closed_at >= ? ORDER BY opened_at, id"
    return [body for (body,) in disk.query(sql, since)]


def verdicts(disk: Disk, batch: str) -> list[Row]:
    """The verdicts of a batch, oldest first, in the order of the table's columns."""
    return disk.query("SELECT * FROM verdict WHERE batch = ? ORDER BY id", batch)


def typed_readings(disk: Disk, since: int) -> list[Row]:
    """key, batch, point, step, at, value, instrument and person of what was typed since then, in order of time."""
    columns = "key, batch, point, step, at, value, instrument, person"
    return disk.query(f"SELECT {columns} FROM typed_reading WHERE at >= ? ORDER BY at, id", since)  # noqa: S608 - ours
