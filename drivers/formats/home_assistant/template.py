"""The few value templates of Home Assistant that are read (home-assistant.io: docs/configuration/templating).

    {{ value }}    {{ value_json.a.b }}    {{ value_json['a'] }}    and behind it  | float    | round(2)

They are data that anybody on the broker may publish, and Jinja2 is a language: nothing is ever run. Another template is
refused, and its sensor with it.
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
"""What a path leads to that the message does not have."""


@dataclass(frozen=True, slots=True)
class Template:
    """Where a value stands in a message.

    Attributes:
        path: keys from the JSON object on; None for the text of the message.
        converts: a text that looks like a number is one.
        digits: decimals to round to, None to leave them.
    """

    path: tuple[str, ...] | None = None
    converts: bool = False
    digits: int | None = None

    def find(self, payload: bytes) -> Any:
        """What stands there: JSON, or the text of the message; ABSENT when nothing does.

        Raises:
            DecodeError: the message is not what the template is for.
        """
        if self.path is None:
            return read_text(payload)
        found: Any = read_object(payload, "")[0]
        for key in self.path:
            if not isinstance(found, dict) or key not in found:
                return ABSENT
            found = found[key]
        return found

    def number(self, found: object) -> Decimal | None:
        """The number that `find` found; None when it is none."""
        if isinstance(found, str):
            value = text_number(found) if self.path is None or self.converts else None
        else:
            value = number(found)
        if value is None or self.digits is None:
            return value
        return value.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_EVEN) if abs(value) < 10**9 else value


WHOLE = Template()


def read_template(text: object) -> Template:
    """Read a template; absent, it is the whole message.

    Raises:
        DecodeError: it is none of those few.
    """
    if text is None:
        return WHOLE
    found = TEMPLATE.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST else None
    if (
        found is None
        or (found["root"] == "value" and found["path"])
        or (found["root"] != "value" and not found["path"])
    ):
        raise DecodeError(f"the template {str(text)[:80]!r} is not read here: templates are never run")
    steps = [step["name"] or step["key"] or "" for step in STEP.finditer(found["path"])]
    digits = [int(each) for each in ROUND.findall(found["filters"])]
    return Template(
        path=tuple(steps) if found["root"] == "value_json" else None,
        converts="float" in found["filters"],
        digits=min(digits) if digits else None,
    )
