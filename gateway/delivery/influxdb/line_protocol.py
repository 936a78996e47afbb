r"""Write a reading as a line of InfluxDB's line protocol.

    reading,kitchen=sppg-cimahi-03,point=chiller-1-air value=3.4,quality=2 1764000000250000000
    measurement └─────────────────── tags ───────────┘ └─── floats ──────┘ └── nanoseconds ──┘

A BAD reading has no `value`. The tags of a point never change and no number is ever an integer, so that a reading sent
twice is one point in InfluxDB and no field changes its type.

Syntax: InfluxDB OSS v2 documentation, "Line protocol". Tag values escape comma, equals sign and space. Characters that
not every server accepts are percent-encoded: the backslash (1.x keeps a doubled one doubled), line breaks, and what
InfluxDB refuses in a tag (models.ValidToken at v1.8.10: characters that do not print, U+FFFD). So is a percent sign
where it would look like an encoding. `urllib.parse.unquote` returns the name.
"""

import re
from functools import lru_cache
from urllib.parse import quote

MEASUREMENT = "reading"

_ESCAPE = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_LOOKS_ENCODED = re.compile(r"%(?=[0-9A-Fa-f]{2})")


def tag(value: str) -> str:
    """Return a tag's value as it is written in a line."""
    return carried(value).translate(_ESCAPE)


def carried(value: str) -> str:
    """Return a tag's value as InfluxDB stores it."""
    encoded = _LOOKS_ENCODED.sub("%25", value)
    return "".join(c if _can_be_carried(c) else quote(c, safe="") for c in encoded)


def _can_be_carried(character: str) -> bool:
    return character.isprintable() and character not in "\\\ufffd"


@lru_cache(maxsize=4096)
def series(kitchen: str, point: str) -> str:
    """Return measurement and tags; cached, since a kitchen sends the same few hundred for years."""
    return f"{MEASUREMENT},kitchen={tag(kitchen)},point={tag(point)}"


def line(kitchen: str, point: str, *, measured_at: int, value: float | None, quality: int) -> str:
    """Return the line of one reading; `measured_at` in UTC microseconds, `value` with its calibration offset."""
    fields = f"quality={quality}" if value is None else f"value={value!r},quality={quality}"
    return f"{series(kitchen, point)} {fields} {measured_at}000"


def heartbeat(kitchen: str, at: int) -> str:
    """Return a line that any correctly set-up server accepts, to tell a refused reading from a refused gateway."""
    return f"heartbeat,kitchen={tag(kitchen)} up=1 {at}000"
