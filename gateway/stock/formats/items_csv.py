"""The list of items as CSV: what a kitchen has in its spreadsheet, in and out.

    id,name_id,name_en,unit,density,piece,barcodes,store,storage,lead_days,reorder_point,expiring_days

Only `id` and `name_id` must be there. Spreadsheets of Indonesian computers separate with semicolons: both are read.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = (
    *("id", "name_id", "name_en", "unit", "density", "piece", "barcodes", "store", "storage"),
    *("lead_days", "reorder_point", "expiring_days"),
)
NUMBERS = ("density", "piece", "reorder_point")
WHOLE = ("lead_days", "expiring_days")
MOST = 5_000
_FORMULA = frozenset("=+-@\t\r")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class CsvError(ValueError):
    """A file that cannot be taken; the text names the line."""


def read(text: str) -> list[tuple[int, dict[str, Any]]]:
    """Line number and settings of each item, as stock.items has them; nothing of it is checked but the form.

    Raises:
        CsvError: no heading, an unknown column, a decimal comma, too many lines.
    """
    plain = text.removeprefix("\ufeff")
    first = plain.partition("\n")[0]
    lines = csv.reader(io.StringIO(plain), delimiter=";" if first.count(";") > first.count(",") else ",")
    heading = [name.strip().lower() for name in next(lines, [])]
    unknown = [name for name in heading if name not in COLUMNS]
    if not {"id", "name_id"} <= set(heading) or unknown:
        what = f"unknown column {unknown[0]!r}" if unknown else "the columns id and name_id must be there"
        raise CsvError(f"line 1: {what}; columns are {', '.join(COLUMNS)}")
    rows = [(lines.line_num, _item(dict(zip(heading, row, strict=False)), lines.line_num)) for row in lines if any(row)]
    if len(rows) > MOST:
        raise CsvError(f"more than {MOST} items: divide the file")
    return rows


def _item(row: Mapping[str, str], line: int) -> dict[str, Any]:
    found: dict[str, Any] = {key: value.strip() for key, value in row.items() if value.strip()}
    indonesian, english = found.pop("name_id", ""), found.pop("name_en", "")
    if not indonesian:
        raise CsvError(f"line {line}: name_id is empty")
    found["name"] = {"id": indonesian, "en": english or indonesian}
    if "barcodes" in found:
        found["barcodes"] = found["barcodes"].split()
    for key in (*NUMBERS, *WHOLE):
        if key in found:
            found[key] = _number(found[key], key, line)
    return found


def _number(text: str, key: str, line: int) -> int | float:
    try:
        return int(text) if key in WHOLE else float(text)
    except ValueError:
        hint = f"; write {text.replace(',', '.')}" if "," in text else ""
        raise CsvError(f"line {line}: {key} {text!r} is no number{hint}") from None


def write(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """Rows as CSV. A text that a spreadsheet would run as a formula is made plain by a quote before it."""
    out = io.StringIO()
    names = list(columns)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[_plain(row.get(name)) for name in names] for row in rows])
    return out.getvalue()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    text = str(int(value) if isinstance(value, bool) else value)
    if not isinstance(value, str) or text[:1] not in _FORMULA or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"
