r"""Read text lines of Arduino loggers and of transmitters in text mode, by a pattern from kitchen.yaml.

    23.50,60.1                      (?P<t>-?[\d.]+),(?P<h>[\d.]+)
    T1:23.5;T2:4.2                  (?P<id>T\d+):(?P<t>-?[\d.]+)
    27.4℃,67.7%                     (?P<t>-?[\d.]+)℃,(?P<h>[\d.]+)%

Groups: `t` temperature, `h` humidity, `w` weight, `id` name of the sensor. The pattern is searched for repeatedly in
each line. Without `id` the channels are T, RH and weight.

A group that is not a number gives a BAD reading, never a guess: `nan`, `--`, and `23,5` unless the decimal comma is
set. Lines are UTF-8, else Latin-1, and at most 256 bytes long. A line that the pattern does not match is counted and
skipped. The beginning of a line cannot be recognised, so the first line after opening the port is dropped: it may be
half a line.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from drivers.contract import Trouble
from drivers.errors import ConfigurationError, DecodeError
from drivers.framing import Line, LineBuffer
from drivers.reading import Reading, Reason
from drivers.settings import Setting, Settings
from drivers.values.numbers import text_number
from drivers.values.reading_builder import DS18B20_FAULTS, ReadingBuilder
from drivers.values.units import CELSIUS, KILOGRAM, PERCENT_RH, UNITS, Unit

LONGEST = 256
LONGEST_ID = 64
NO_VALUE = re.compile(r"\s*(?:[-+]?(?:nan|inf|infinity)|null|none|-*|error|err)\s*", re.IGNORECASE)
# group → channel without an id, and unit unless the settings name another
GROUPS: dict[str, tuple[str, Unit]] = {"t": ("T", CELSIUS), "h": ("RH", PERCENT_RH), "w": ("weight", KILOGRAM)}


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern and check that it can give a reading.

    Raises:
        ConfigurationError: it is no regular expression, or has no group with a value.
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigurationError(f"this is no pattern ({error})") from error
    if not compiled.groupindex.keys() & GROUPS:
        raise ConfigurationError("the pattern names no value: write (?P<t>…), (?P<h>…) or (?P<w>…) around the number")
    return compiled


SETTINGS: Settings = {
    "pattern": Setting(
        "regular expression with the groups id, t, h, w",
        required=True,
        check=compile_pattern,
        example=r"'(?P<id>T\d+):(?P<t>-?[\d.]+)'",
    ),
    "decimal": Setting("what stands before the decimals", words=(".", ",")),
    "temperature_unit": Setting("unit of t", words=("Cel", "F", "K")),
    "weight_unit": Setting("unit of w", words=("kg", "g", "lb")),
}


class AsciiLine:
    """StreamDriver of a device that sends text lines.

    Args:
        device: id of the device.
        pattern: regular expression; see above.
        decimal: "." or ",".
        temperature_unit: Cel, F or K.
        weight_unit: kg, g or lb.

    Raises:
        ConfigurationError: the pattern cannot be used.
    """

    def __init__(
        self,
        device: str,
        *,
        pattern: str,
        decimal: str = ".",
        temperature_unit: str = "Cel",
        weight_unit: str = "kg",
    ) -> None:
        self._device = device
        self._pattern = compile_pattern(pattern)
        self._decimal = decimal
        self._units = {name: unit for name, (_, unit) in GROUPS.items()}
        self._units |= {"t": UNITS[temperature_unit], "w": UNITS[weight_unit]}
        self._lines = LineBuffer(limit=LONGEST, keep=1)
        self._incomplete = False

    def opened(self) -> None:
        """Note that the port was opened: the first line is not whole."""
        self._lines.clear()
        self._incomplete = True

    def reset(self) -> None:
        """Drop the unfinished line."""
        self._lines.clear()

    def receive_data(self, chunk: bytes, at: int) -> Sequence[Reading | Trouble]:
        """Take any slice of the stream; see drivers.contract.StreamDriver."""
        results: list[Reading | Trouble] = []
        for line in self._lines.receive_data(chunk):
            if not self._is_incomplete(line) and line.body.strip():
                results += self._decode_line(line.body, at)
        return results

    def decode(self, recording: bytes) -> list[Reading]:
        """Decode recorded lines, the last one also without its line end. Lines that do not match are skipped.

        Raises:
            DecodeError: no line matches.
        """
        lines = [line for line in re.split(rb"[\r\n]+", recording) if line.strip()]
        if too_long := next((line for line in lines if len(line) > LONGEST), None):
            raise DecodeError(f"a line of {len(too_long)} bytes: {LONGEST} are the most", raw=too_long[:LONGEST])
        readings = [reading for line in lines for reading in self._read(line)]
        if not readings:
            raise DecodeError("no line matches the pattern", raw=recording[:LONGEST])
        return readings

    def _is_incomplete(self, line: Line) -> bool:
        """Whether the line has lost its beginning, or its end has not arrived."""
        incomplete, self._incomplete = self._incomplete, not line.ended
        return incomplete or not line.ended

    def _decode_line(self, body: bytes, at: int) -> Sequence[Reading | Trouble]:
        if readings := self._read(body):
            return readings
        text = f"{self._device}: {body[:64]!r} does not match its pattern"
        return [Trouble(device=self._device, kind=Reason.MALFORMED, text=text, at=at, raw=body)]

    def _read(self, body: bytes) -> list[Reading]:
        return [
            self._reading(match, group, text)
            for match in self._pattern.finditer(text_of(body))
            for group in GROUPS
            if (text := match.groupdict().get(group)) is not None
        ]

    def _reading(self, match: re.Match[str], group: str, text: str) -> Reading:
        name = (match.groupdict().get("id") or "").strip()[:LONGEST_ID]
        faults = DS18B20_FAULTS if group == "t" else None
        return ReadingBuilder(device=self._device).reading(
            name or GROUPS[group][0], self._number(text), self._units[group], faults=faults
        )

    def _number(self, text: str) -> Decimal | str | None:
        if NO_VALUE.fullmatch(text):
            return None
        number = text_number(text, point=self._decimal)
        return text if number is None else number


def text_of(body: bytes) -> str:
    """Decode a line as UTF-8, else as Latin-1, in which every byte is a character."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")
