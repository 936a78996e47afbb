r"""A reading as a line of InfluxDB's line protocol.

    reading,kitchen=sppg-cimahi-03,point=chiller-1-air value=3.4,quality=2 1764000000250000000
    measurement └─────────────────── tags ───────────┘ └─── floats ──────┘ └── nanoseconds ──┘

A BAD reading has no `value`. Tags never change for a point and no number is ever an integer, so that a reading sent
twice is one point in InfluxDB and no field changes its type.

Syntax: InfluxDB OSS v2 documentation, "Line protocol". Tag values escape comma, equals sign and space. What it cannot
carry on every server is written percent-encoded, and a percent sign too where it would be read as such: the
backslash (1.x keeps a doubled one doubled), line breaks, and what InfluxDB refuses in a tag (models.ValidToken at
v1.8.10: characters that do not print, U+FFFD). `urllib.parse.unquote` gives the name back.
"""

import re
from functools import lru_cache
from urllib.parse import quote

MEASUREMENT = "reading"

_ESCAPE = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_LOOKS_ENCODED = re.compile(r"%(?=[0-9A-Fa-f]{2})")


def tag(value: str) -> str:
    """A tag's value as it stands in a line."""
    return carried(value).translate(_ESCAPE)


def carried(value: str) -> str:
    """A tag's value as it stands in InfluxDB."""
    encoded = _LOOKS_ENCODED.sub("%25", value)
    return "".join(c if _can_be_carried(c) else quote(c, safe="") for c in encoded)


def _can_be_carried(character: str) -> bool:
    return character.isprintable() and character not in "\\\ufffd"


@lru_cache(maxsize=4096)
def series(kitchen: str, point: str) -> str:
    """Measurement and tags; kept, since a kitchen sends the same few hundred for years."""
    return f"{MEASUREMENT},kitchen={tag(kitchen)},point={tag(point)}"


def line(kitchen: str, point: str, *, measured_at: int, value: float | None, quality: int) -> str:
    """One reading; `measured_at` in UTC microseconds, `value` with its calibration offset."""
    fields = f"quality={quality}" if value is None else f"value={value!r},quality={quality}"
    return f"{series(kitchen, point)} {fields} {measured_at}000"


def heartbeat(kitchen: str, at: int) -> str:
    """A line that any server with the right settings takes, to tell a refused reading from a refused gateway."""
    return f"heartbeat,kitchen={tag(kitchen)} up=1 {at}000"
