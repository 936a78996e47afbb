"""Read a trace: `[[time, value], …]`, `[[time, value, quality], …]` or `{"csv": path}`.

The trace is sorted by time. Of two readings alike in time and value one is left out; of two values at one time the
later one is moved to the next free microsecond, as in the journal. Notes say what was changed.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gateway.cli.offline.times import TimeForm, read_time
from gateway.haccp.limits.fields import Fields, InputError, shown, temperature
from gateway.haccp.models.trace import Sample


class TraceQuality(StrEnum):
    """Name the quality of a reading as `decode` prints it."""

    GOOD = "good"
    HISTORY = "history"
    SUSPECT = "suspect"
    FAULT = "fault"


_QUALITIES = tuple(quality.value for quality in TraceQuality)
_JUDGED = frozenset({TraceQuality.GOOD, TraceQuality.HISTORY})


Content = tuple[TraceQuality | None, float | None]


@dataclass(frozen=True, slots=True)
class TraceRow:
    """Hold one reading: `at` in microseconds, `value` in Cel (None: missing), `written` is its time as it came.

    Two rows of one time with the same `content` are a reading that came twice. The content is the quality, unless the
    reading is judged, and the value, unless it is a fault.
    """

    at: int
    value: float | None
    written: float | str
    content: Content


@dataclass(frozen=True, slots=True)
class TraceInput:
    """Hold the readings in order of time, the form of their times, and notes on what was changed."""

    rows: tuple[TraceRow, ...]
    form: TimeForm
    notes: tuple[str, ...]

    def curve(self) -> list[Sample]:
        """Return the readings that have a value."""
        return [(row.at, row.value) for row in self.rows if row.value is not None]

    def written(self) -> dict[int, float | str]:
        """Return how the time of each reading was written."""
        return {row.at: row.written for row in self.rows}


def read_trace(fields: Fields, key: str = "trace") -> TraceInput:
    """Read the trace at a key.

    Raises:
        InputError: it is none; the message has the place.
    """
    value = fields.required(key)
    if isinstance(value, dict):
        named = Fields(value, folder=fields.folder, place=fields.at(key))
        raw = list(_csv(named))
    else:
        raw = [(_json_place(fields.at(key), index), item) for index, item in enumerate(fields.items(key))]
    return _in_order([_row(item, place) for place, item in raw], [place for place, _ in raw])


class _Place(NamedTuple):
    """Name the place of a reading, and of each of its parts."""

    row: str
    time: str
    value: str
    quality: str


def _json_place(trace: str, index: int) -> _Place:
    row = f"{trace}[{index}]"
    return _Place(row, f"{row}[0]", f"{row}[1]", f"{row}[2]")


def _csv_place(name: str, line: int) -> _Place:
    row = f"{name} line {line}"
    return _Place(row, f"{row}, time", f"{row}, value", f"{row}, quality")


def _csv(fields: Fields) -> Iterator[tuple[_Place, object]]:
    name = fields.required("csv")
    place = fields.at("csv")
    if not isinstance(name, str) or "\0" in name:
        raise InputError(place, f"{shown(name)} is no path")
    try:
        with (fields.folder / name).open(newline="", encoding="utf-8-sig") as file:
            yield from _csv_rows(csv.reader(file), name)
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(place, f"{shown(name)} cannot be read: {error}") from None


def _csv_rows(lines: Iterator[list[str]], name: str) -> Iterator[tuple[_Place, object]]:
    header = [title.strip() for title in next(lines, [])]
    if header not in (["time", "value"], ["time", "value", "quality"]):
        raise InputError(_csv_place(name, 1).row, "is not time,value or time,value,quality")
    for index, cells in enumerate(lines, start=2):
        if cells:
            yield _csv_place(name, index), [_cell(cell.strip()) for cell in cells]


def _cell(text: str) -> object:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _row(item: object, place: _Place) -> tuple[TraceRow, TimeForm]:
    if not isinstance(item, list) or len(item) not in (2, 3):
        raise InputError(place.row, f"{shown(item)} is not [time, value] or [time, value, quality]")
    at, form = read_time(item[0], place.time)
    value = None if item[1] is None else temperature(item[1], place.value)
    quality = TraceQuality.GOOD if len(item) == 2 else _quality(item[2], place.quality)
    judged = quality in _JUDGED
    content = (None if judged else quality, None if quality is TraceQuality.FAULT else value)
    return TraceRow(at, value if judged else None, item[0], content), form


def _quality(value: object, place: str) -> TraceQuality:
    if value is None:
        return TraceQuality.GOOD
    if not isinstance(value, str) or value not in _QUALITIES:
        raise InputError(place, f"{shown(value)} is none of {', '.join(_QUALITIES)}")
    return TraceQuality(value)


def _in_order(read: Sequence[tuple[TraceRow, TimeForm]], places: Sequence[_Place]) -> TraceInput:
    form = read[0][1] if read else TimeForm(None)
    for (_, other), place in zip(read, places, strict=True):
        if (other.zone is None) != (form.zone is None):
            raise InputError(place.time, "is in minutes where the first is ISO 8601, or the other way round")
    rows = [row for row, _ in read]
    in_order = sorted(rows, key=lambda row: row.at)
    notes = [] if in_order == rows else ["trace: was put in order of time"]
    apart, repeated, moved = _apart(in_order, form)
    if repeated:
        notes.append(f"trace: {repeated} repeated readings were left out")
    if moved:
        notes.append(f"trace: {moved} readings at the time of another were moved to the next free microsecond")
    return TraceInput(tuple(apart), form, tuple(notes))


def _apart(rows: Sequence[TraceRow], form: TimeForm) -> tuple[list[TraceRow], int, int]:
    """Return one reading for each microsecond, and how many were repeated and moved."""
    distinct: list[TraceRow] = []
    seen: set[tuple[int, Content]] = set()
    moved = 0
    for row in rows:
        if (row.at, row.content) in seen:
            continue
        seen.add((row.at, row.content))
        free_at = distinct[-1].at + 1 if distinct else row.at
        if row.at < free_at:
            moved += 1
            distinct.append(TraceRow(free_at, row.value, form.write(free_at), row.content))
        else:
            distinct.append(row)
    return distinct, len(rows) - len(distinct), moved
