"""Recognise the protocol of an unknown scale from its bytes, and list the requests that may be sent to it.

Everything is received and sent with eight data bits. Seven bits and parity are the same bits on the wire, with the
parity as the eighth, so the port need not be opened again for each format.

Only requests for a weight may be sent, and none that contains a byte which another scale obeys without a line end
(`NEVER_SENT`). Requests of several letters come last: a scale that would take their letters for its own commands has
responded to its own request by then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import msgspec

from drivers.contract import SerialSettings
from drivers.reading import Reading, Reason
from drivers.scales.common.weighing import Weighing
from drivers.scales.protocols import SCALES, polled_scale, stream_scale

# zero and tare of Toledo 8217 and Kern, clear tare, the menu of OpenScale
NEVER_SENT = frozenset(b"ZTCtzx")
# letters that a Toledo 8217 obeys: self-test, its result, echo
TAKEN_FOR_COMMANDS = frozenset(b"ABEF")
ENOUGH_FRAMES = 3
WELL_EXPLAINED = 0.7  # share of the bytes; the rest is noise, and frames cut at both ends
MOSTLY = 0.9  # share of the bytes that have the parity
# Order of protocols that fit equally well: first those of the kitchens here, then the wider standard.
ORDER = ("csv-st", "yaohua-y1", "yaohua-y4", "yaohua-y3", "yaohua-y0", "vibra", "cas-22", "cas-18", "cas-10", "mt-sics")


class CharacterFormat(Enum):
    """How a character is sent in eight bits: data bits, parity, stop bits."""

    EIGHT = "8N1"
    SEVEN_EVEN = "7E1"
    SEVEN_ODD = "7O1"

    @property
    def parity(self) -> int | None:
        """Parity of all eight bits; None for no parity."""
        return {"8N1": None, "7E1": 0, "7O1": 1}[self.value]

    def encode(self, text: bytes) -> bytes:
        """Return the bytes to send with eight data bits."""
        parity = self.parity
        if parity is None:
            return text
        return bytes(byte | 0x80 if byte.bit_count() % 2 != parity else byte for byte in text)

    def decode(self, received: bytes) -> bytes | None:
        """Decode bytes received with eight data bits; None when they have another format. A damaged byte becomes FF."""
        parity = self.parity
        if parity is None:
            return received
        good = [byte.bit_count() % 2 == parity for byte in received]
        if sum(good) < MOSTLY * len(received):
            return None
        return bytes(byte & 0x7F if fits else 0xFF for byte, fits in zip(received, good, strict=True))

    def applied(self, settings: SerialSettings) -> SerialSettings:
        """Return the settings of a port that reads this format."""
        if self is CharacterFormat.EIGHT:
            return msgspec.structs.replace(settings, bytesize=8, parity="none")
        parity = "even" if self is CharacterFormat.SEVEN_EVEN else "odd"
        return msgspec.structs.replace(settings, bytesize=7, parity=parity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A protocol that may be the right one.

    Attributes:
        protocol: its id.
        format: of its characters.
        frames: number of valid frames with a weight, or out of range.
        explained: share of the bytes that belong to valid frames.
        latest: content of the last valid frame.
    """

    protocol: str
    format: CharacterFormat
    frames: int
    explained: float
    latest: Weighing

    @property
    def rank(self) -> tuple[float, int]:
        """Sort key: the best candidate first."""
        place = ORDER.index(self.protocol) if self.protocol in ORDER else len(ORDER)
        return (-round(self.explained, 1), place)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleQuery:
    """A poll to send step by step, and the protocols that would respond to it."""

    steps: tuple[bytes, ...]
    protocols: tuple[str, ...]
    format: CharacterFormat


def candidates(received: bytes, *, frames: int = ENOUGH_FRAMES) -> list[Candidate]:
    """Return the protocols that fit a stream, the best first; at least `frames` frames must be valid."""
    fitting = [
        candidate
        for format_ in CharacterFormat
        if (text := format_.decode(received)) is not None and (format_ is CharacterFormat.EIGHT or text != received)
        for name in SCALES
        if (candidate := _candidate(name, format_, text)).frames >= frames and candidate.explained >= WELL_EXPLAINED
    ]
    return sorted(fitting, key=lambda candidate: candidate.rank)


def _candidate(name: str, format_: CharacterFormat, text: bytes) -> Candidate:
    scale = stream_scale(name, name)
    weighings, garbage = [], 0
    for outcome in scale.weighings(text):
        if not isinstance(outcome, Weighing):
            garbage += len(outcome.raw)
        elif _shows_load(outcome):
            weighings.append(outcome)
    rest = scale.unfinished()
    garbage += len(rest.raw) if rest is not None else 0
    return Candidate(
        protocol=name,
        format=format_,
        frames=len(weighings),
        explained=1 - garbage / len(text) if text else 0.0,
        latest=weighings[-1] if weighings else Weighing(),
    )


def _shows_load(weighing: Weighing) -> bool:
    return weighing.weight is not None or weighing.overload or weighing.error == Reason.UNDERLOAD


def scale_queries() -> Iterator[ScaleQuery]:
    """Yield all polls that may be sent at one speed, in an order that is safe."""
    usual = {name: scale.serial for name, scale in SCALES.items() if scale.commands is not None}
    names_of: dict[tuple[bytes, ...], list[str]] = {}
    for name in usual:
        names_of.setdefault(tuple(polled_scale(name, name, unit="kg").requests()), []).append(name)
    for steps in sorted(filter(is_harmless, names_of), key=_letters_of_others):
        names = tuple(names_of[steps])
        formats = {CharacterFormat.EIGHT, *(_usual_format(usual[name]) for name in names)}
        for format_ in sorted(formats, key=lambda each: each is CharacterFormat.EIGHT):
            yield ScaleQuery(steps=steps, protocols=names, format=format_)


def is_harmless(steps: Sequence[bytes]) -> bool:
    """Return whether requests may be sent to an unknown device."""
    return NEVER_SENT.isdisjoint(b"".join(steps))


def _letters_of_others(steps: Sequence[bytes]) -> tuple[bool, int]:
    sent = b"".join(steps)
    return not TAKEN_FOR_COMMANDS.isdisjoint(sent), len(sent)


def _usual_format(serial: SerialSettings) -> CharacterFormat:
    if serial.bytesize == 8:
        return CharacterFormat.EIGHT
    return CharacterFormat.SEVEN_EVEN if serial.parity == "even" else CharacterFormat.SEVEN_ODD


@dataclass(frozen=True, slots=True)
class ScaleReply:
    """Readings in a scale's response to a poll. `has_unit` is False when kg was assumed."""

    readings: list[Reading]
    has_unit: bool = True


def scale_reply(protocol: str, step: bytes, text: bytes, *, last: bool) -> ScaleReply | None:
    """Decode the response of a scale to one step of a poll; None when there is no response.

    Args:
        protocol: its id.
        step: the request that was sent.
        text: the bytes received since, decoded.
        last: this step requests the weight.
    """
    text = text.removeprefix(step)  # an adapter that echoes
    for unit in (None, "kg"):
        scale = polled_scale(protocol, protocol, unit=unit)
        if (response := scale.find_response(step, text, 0)) is None:
            return None
        readings = [result for result in response.results if isinstance(result, Reading)]
        if readings or not last:
            return ScaleReply(readings, has_unit=unit is None)
    return None


def with_unit(weighing: Weighing) -> Weighing:
    """Return the weighing in kg when its frame has no unit."""
    return weighing if weighing.unit is not None else replace(weighing, unit="kg")
