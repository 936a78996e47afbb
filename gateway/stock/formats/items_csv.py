"""Read and write lists of items as CSV, as a kitchen has them in its spreadsheet.

    id,name_id,name_en,unit,density,piece,barcodes,store,storage,lead_days,reorder_point,expiring_days

Only `id` and `name_id` are required. Indonesian spreadsheets separate columns with semicolons: both forms are read.
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
    """A file cannot be used; the message names the line."""


def read(text: str) -> list[tuple[int, dict[str, Any]]]:
    """Return line number and settings of each item, as in stock.items; only the form is checked.

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
    item: dict[str, Any] = {key: value.strip() for key, value in row.items() if value.strip()}
    indonesian, english = item.pop("name_id", ""), item.pop("name_en", "")
    if not indonesian:
        raise CsvError(f"line {line}: name_id is empty")
    item["name"] = {"id": indonesian, "en": english or indonesian}
    if "barcodes" in item:
        item["barcodes"] = item["barcodes"].split()
    for key in (*NUMBERS, *WHOLE):
        if key in item:
            item[key] = _number(item[key], key, line)
    return item


def _number(text: str, key: str, line: int) -> int | float:
    try:
        return int(text) if key in WHOLE else float(text)
    except ValueError:
        hint = f"; write {text.replace(',', '.')}" if "," in text else ""
        raise CsvError(f"line {line}: {key} {text!r} is no number{hint}") from None


def write(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """Return rows as CSV. A quote is put before a text that a spreadsheet would run as a formula."""
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
