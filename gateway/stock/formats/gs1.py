r"""Parse GS1 element strings as a barcode scanner types them: item, lot, expiry date, weight.

GS1 General Specifications, sections 3 (application identifiers), 7.8 (element strings) and 7.12 (century of a date):

    ]C1 01 08991234567890 17 261231 10 A-42 GS 3103 012500
    │   │                 │         │       └ net weight, 3 decimals: 12.500 kg
    │   │                 │         └ lot, of any length, ended by GS (1Dh) or the end
    │   │                 └ good until 2026-12-31; day 00 means the month's last
    │   └ GTIN, 14 digits with a check digit
    └ symbology identifier, when the scanner sends one

People write it with brackets, (01)0899…(17)261231. A plain EAN or UPC number is only a GTIN. If a scanner omits GS, the
text after a lot becomes part of it: put the lot last, or configure the scanner to send GS.
"""

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal

import msgspec

GS = "\x1d"
_SYMBOLOGY = re.compile(r"\](?:C1|e0|d2|Q3|J1|E0|E4)")
_BRACKETS = re.compile(r"\(([0-9]{2,4})\)([^(]*)")
_PLAIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")

# AI → length of its value when that is fixed (section 7.8.5, table of predefined lengths)
FIXED = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "04": 16,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 6),
    "20": 2,
}
_TEXTS = {"10": "lot", "21": "serial"}
_DATES = {"11": "produced_on", "15": "best_before", "17": "use_by"}
_WEIGHT = re.compile(r"310[0-5]")
_LONGEST_AI = 4


class BarcodeError(ValueError):
    """A scanned text cannot be parsed; the message says where."""


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a barcode; None for what it does not contain. Weight in kg."""

    gtin: str | None = None
    lot: str | None = None
    best_before: date | None = None
    use_by: date | None = None
    produced_on: date | None = None
    weight: Decimal | None = None
    serial: str | None = None
    count: int | None = None

    @property
    def expires_on(self) -> date | None:
        """The last good day: use by, else best before."""
        return self.use_by or self.best_before


def scan(text: str, today: date) -> Scanned:
    """Parse one scan. `today` decides the century of two-digit years.

    Raises:
        BarcodeError: a wrong check digit, an impossible date, or no GS1 text at all.
    """
    code = _SYMBOLOGY.sub("", text.strip("\r\n\t "), count=1)
    if _PLAIN.fullmatch(code):
        return Scanned(gtin=_gtin(code.zfill(14)))
    elements = _BRACKETS.findall(code) if code.startswith("(") else list(_elements(code))
    if not elements:
        raise BarcodeError(f"{text!r} is no GS1 barcode")
    content: dict[str, object] = {}
    for ai, value in elements:
        content |= _meaning(ai, value.strip(GS), today)
    return msgspec.convert(content, Scanned)


def _elements(text: str) -> list[tuple[str, str]]:
    elements, rest = [], text.lstrip(GS)
    while rest:
        ai = _identifier(rest)
        rest = rest[len(ai) :]
        length = 6 if ai[:2] in {"31", "32", "33", "34", "35", "36"} else FIXED.get(ai)
        if length is None:
            value, _, rest = rest.partition(GS)
        else:
            value, rest = rest[:length], rest[length:].removeprefix(GS)
        if length is not None and len(value) < length:
            raise BarcodeError(f"({ai}) has {len(value)} characters instead of {length}: scan it once more")
        elements.append((ai, value))
    return elements


def _identifier(text: str) -> str:
    two = text[:2]
    if not two.isdigit():
        raise BarcodeError(f"{text[:20]!r} does not begin with an application identifier: scan it once more")
    if two in FIXED or two in {"10", "21", "22", "30", "37", "90", "91"}:
        return two
    if two[0] == "3" or two in {"80", "70", "81", "82", "43"}:
        return text[:_LONGEST_AI]
    if two[0] in {"2", "4", "7"}:
        return text[:3]
    raise BarcodeError(f"({two}) is no application identifier that we know")


def _meaning(ai: str, value: str, today: date) -> dict[str, object]:
    if ai in _TEXTS:
        return {_TEXTS[ai]: value}
    if ai in _DATES:
        return {_DATES[ai]: _date(ai, value, today)}
    if ai in {"01", "02"}:
        return {"gtin": _gtin(value)}
    if ai in {"30", "37"} and value.isdecimal():
        return {"count": int(value)}
    return {"weight": _decimal(ai, value)} if _WEIGHT.fullmatch(ai) else {}


def _decimal(ai: str, value: str) -> Decimal:
    if not (value.isdecimal() and value.isascii()):
        raise BarcodeError(f"({ai}){value} is no weight")
    return Decimal(value).scaleb(-int(ai[3]))


def _gtin(digits: str) -> str:
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 14):
        raise BarcodeError(f"{digits!r} is no GTIN of 14 digits: scan it once more")
    # Section 7.9: from the right, the digits weigh 3 and 1 in turn.
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:13]))
    if (10 - total % 10) % 10 != int(digits[13]):
        raise BarcodeError(f"{digits} has a wrong check digit: scan it once more")
    return digits


def _date(ai: str, text: str, today: date) -> date:
    if not (text.isascii() and text.isdecimal() and len(text) == 6):
        raise BarcodeError(f"({ai}){text} is no date")
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    # Section 7.12: 51 to 99 years ahead is the past century, 50 to 99 years back the next one.
    century = today.year // 100 * 100
    ahead = year - today.year % 100
    year += century - 100 if ahead > 50 else century + 100 if ahead <= -50 else century
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as error:
        raise BarcodeError(f"({ai}){text} is no date of the calendar") from error
