"""Parse a few value templates of Home Assistant (home-assistant.io: docs/configuration/templating).

    {{ value }}    {{ value_json.a.b }}    {{ value_json['a'] }}    each may be followed by  | float    | round(2)

Anybody on the broker may publish a template, and Jinja2 is a programming language, so no template is ever run. Any
other template is refused, and its sensor with it.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import read_object
from drivers.formats.common.json_text import read_text
from drivers.values.numbers import number, text_number

LONGEST = 256
MOST_DIGITS = 9
STEP = re.compile(r"""\.(?P<name>[A-Za-z_]\w*)|\[\s*['"](?P<key>[^'"\\\]]*)['"]\s*\]""")
TEMPLATE = re.compile(
    r"""\s*\{\{\s*(?P<root>value_json|value)"""
    r"""(?P<path>(?:\.[A-Za-z_]\w*|\[\s*(?:'[^'"\\\]]*'|"[^'"\\\]]*")\s*\])*)"""
    r"""(?P<filters>(?:\s*\|\s*(?:float|round\(\s*\d\s*\)))*)\s*\}\}\s*"""
)
ROUND = re.compile(r"round\(\s*(\d)\s*\)")
ABSENT = object()
"""Value of a path that the message does not have."""


@dataclass(frozen=True, slots=True)
class Template:
    """Path of a value in a message, and its conversion.

    Attributes:
        path: keys from the JSON object on; None for the text of the message.
        converts: convert a text to a number.
        digits: decimals to round to; None for no rounding.
    """

    path: tuple[str, ...] | None = None
    converts: bool = False
    digits: int | None = None

    def find(self, payload: bytes) -> Any:
        """Return the JSON value at the path, or the text of the message; ABSENT when there is none.

        Raises:
            DecodeError: the template does not fit the message.
        """
        if self.path is None:
            return read_text(payload)
        value: Any = read_object(payload, "")[0]
        for key in self.path:
            if not isinstance(value, dict) or key not in value:
                return ABSENT
            value = value[key]
        return value

    def number(self, raw: object) -> Decimal | None:
        """Convert a result of `find` to a number; None when it is not one."""
        if isinstance(raw, str):
            value = text_number(raw) if self.path is None or self.converts else None
        else:
            value = number(raw)
        if value is None or self.digits is None:
            return value
        return value.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_EVEN) if abs(value) < 10**9 else value


WHOLE = Template()


def read_template(text: object) -> Template:
    """Parse a template; None means the whole message.

    Raises:
        DecodeError: this template is not supported.
    """
    if text is None:
        return WHOLE
    match = TEMPLATE.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST else None
    if match is None or (match["root"] == "value_json") != bool(match["path"]):
        raise DecodeError(f"the template {str(text)[:80]!r} is not read here: templates are never run")
    steps = [step["name"] or step["key"] or "" for step in STEP.finditer(match["path"])]
    digits = [int(each) for each in ROUND.findall(match["filters"])]
    return Template(
        path=tuple(steps) if match["root"] == "value_json" else None,
        converts="float" in match["filters"],
        digits=min(digits) if digits else None,
    )
