"""What a start asks the journal about batches of food."""

from typing import Any

from gateway.journal.database import Disk

Row = tuple[Any, ...]
_TYPED = "key, batch, point, step, at, value, instrument, person"


def batches(disk: Disk, since: int) -> list[str]:
    """Bodies of the batches that run or ended since then, oldest first."""
    sql = "SELECT body FROM batch WHERE state IN ('proposed', 'open') OR closed_at >= ? ORDER BY opened_at, id"
    return [body for (body,) in disk.query(sql, since)]


def batch(disk: Disk, name: str) -> list[str]:
    """The body of a batch; none when there is no such batch."""
    return [body for (body,) in disk.query("SELECT body FROM batch WHERE id = ?", name)]


def ended(disk: Disk, *, since: int, before: int) -> list[str]:
    """Bodies of the batches that ended since <= closed_at < before and whose readings are all kept, newest first."""
    ((kept,),) = disk.query(
        "SELECT max(json_extract(body, '$.to')) FROM event WHERE (key >= 'retired:' AND key < 'retired;') "
        "OR (key >= 'gap:cap:' AND key < 'gap:cap;')"
    )
    sql = "SELECT body FROM batch WHERE closed_at >= ? AND closed_at < ? AND opened_at >= ? ORDER BY closed_at DESC"
    return [body for (body,) in disk.query(sql, since, before, kept or 0)]


def verdicts(disk: Disk, batch: str) -> list[Row]:
    """The verdicts of a batch, oldest first, in the order of the table's columns."""
    return disk.query("SELECT * FROM verdict WHERE batch = ? ORDER BY id", batch)


def typed_of_batch(disk: Disk, batch: str) -> list[Row]:
    """As `typed_readings`, of one batch."""
    return disk.query(f"SELECT {_TYPED} FROM typed_reading WHERE batch = ? ORDER BY at, id", batch)  # noqa: S608 - ours


def typed_readings(disk: Disk, since: int) -> list[Row]:
    """key, batch, point, step, at, value, instrument and person of what was typed since then, in order of time."""
    return disk.query(f"SELECT {_TYPED} FROM typed_reading WHERE at >= ? ORDER BY at, id", since)  # noqa: S608 - ours
