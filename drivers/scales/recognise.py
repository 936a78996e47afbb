"""Which scale is it? What bytes of an unknown device are, and what may be sent to it to find out.

Everything is heard and sent with eight data bits. Seven bits and parity are the same bits on the wire, the parity as
the eighth: so one opening of the port serves every format.

What may be sent: the questions for a weight, and none that contains a byte which some other scale obeys without a line
end (`NEVER_SENT`). Questions of several letters come last: a scale that would take their letters for commands of its
own has answered its own question by then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import msgspec

from drivers.contract import SerialSettings
from drivers.reading import Reading, Reason
from drivers.scales.common.polled import PolledScale
from drivers.scales.common.weighing import Weighing
from drivers.scales.protocols import SCALES, asked, listening

# zero and tare of Toledo 8217 and Kern, clear tare, the menu of OpenScale
NEVER_SENT = frozenset(b"ZTCtzx")
# letters that a Toledo 8217 obeys: self-test, its result, echo
TAKEN_FOR_COMMANDS = frozenset(b"ABEF")
ENOUGH_FRAMES = 3
WELL_EXPLAINED = 0.7  # of the bytes: the rest is noise, and frames cut at both ends
MOSTLY = 0.9  # of the bytes have the parity
# Where frames fit several: what kitchens here have first, then the wider standard.
ORDER = ("csv-st", "yaohua-y1", "yaohua-y4", "yaohua-y3", "yaohua-y0", "vibra", "cas-22", "cas-18", "cas-10", "mt-sics")


class CharacterFormat(Enum):
    """How eight bits on the wire are a character: data bits, parity, stop bits."""

    EIGHT = "8N1"
    SEVEN_EVEN = "7E1"
    SEVEN_ODD = "7O1"

    @property
    def parity(self) -> int | None:
        """Parity of all eight bits; None: there is none."""
        return {"8N1": None, "7E1": 0, "7O1": 1}[self.value]

    def encode(self, text: bytes) -> bytes:
        """Give what must be sent with eight data bits."""
        parity = self.parity
        if parity is None:
            return text
        return bytes(byte | 0x80 if byte.bit_count() % 2 != parity else byte for byte in text)

    def decode(self, heard: bytes) -> bytes | None:
        """Read what was heard with eight data bits; None when it is not so framed. A damaged byte becomes FF."""
        parity = self.parity
        if parity is None:
            return heard
        good = [byte.bit_count() % 2 == parity for byte in heard]
        if sum(good) < MOSTLY * len(heard):
            return None
        return bytes(byte & 0x7F if fits else 0xFF for byte, fits in zip(heard, good, strict=True))

    def applied(self, settings: SerialSettings) -> SerialSettings:
        """The settings of a port that reads it."""
        if self is CharacterFormat.EIGHT:
            return msgspec.structs.replace(settings, bytesize=8, parity="none")
        parity = "even" if self is CharacterFormat.SEVEN_EVEN else "odd"
        return msgspec.structs.replace(settings, bytesize=7, parity=parity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A protocol that may be the one.

    Attributes:
        protocol: its id.
        framing: how its characters stand on the wire.
        frames: valid frames with a weight, or above range.
        explained: share of the bytes that valid frames make up.
        latest: what the last of them says.
    """

    protocol: str
    framing: CharacterFormat
    frames: int
    explained: float
    latest: Weighing

    @property
    def rank(self) -> tuple[float, int]:
        """The best first."""
        place = ORDER.index(self.protocol) if self.protocol in ORDER else len(ORDER)
        return (-round(self.explained, 1), place)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleQuery:
    """What to send, step by step, and who would answer it."""

    steps: tuple[bytes, ...]
    protocols: tuple[str, ...]
    framing: CharacterFormat


def candidates(heard: bytes, *, frames: int = ENOUGH_FRAMES) -> list[Candidate]:
    """Tell what a stream may be, the best first; at least so many `frames` must be valid."""
    found = [
        each
        for framing in CharacterFormat
        if (text := framing.decode(heard)) is not None and (framing is CharacterFormat.EIGHT or text != heard)
        for name in SCALES
        if (each := _candidate(name, framing, text)).frames >= frames and each.explained >= WELL_EXPLAINED
    ]
    return sorted(found, key=lambda each: each.rank)


def _candidate(name: str, framing: CharacterFormat, text: bytes) -> Candidate:
    scale = listening(name, name)
    weighings, garbage = [], 0
    for each in scale.weighings(text):
        if isinstance(each, Weighing):
            weighings.append(each)
        else:
            garbage += len(each.raw)
    rest = scale.unfinished()
    garbage += len(rest.raw) if rest is not None else 0
    told = [each for each in weighings if _is_told(each)]
    return Candidate(
        protocol=name,
        framing=framing,
        frames=len(told),
        explained=1 - garbage / len(text) if text else 0.0,
        latest=told[-1] if told else Weighing(),
    )


def _is_told(weighing: Weighing) -> bool:
    return weighing.weight is not None or weighing.overload or weighing.error == Reason.UNDERLOAD


def questions() -> Iterator[ScaleQuery]:
    """All that may be asked at one speed, in the order in which it is safe."""
    usual = {name: scale.serial for name, scale in SCALES.items() if scale.asking is not None}
    steps: dict[tuple[bytes, ...], list[str]] = {}
    for name in usual:
        steps.setdefault(tuple(asked(name, name, unit="kg").questions()), []).append(name)
    for asking in sorted(filter(is_harmless, steps), key=_letters_of_others):
        names = tuple(steps[asking])
        framings = {CharacterFormat.EIGHT, *(_usual_framing(usual[name]) for name in names)}
        for framing in sorted(framings, key=lambda each: each is CharacterFormat.EIGHT):
            yield ScaleQuery(steps=asking, protocols=names, framing=framing)


def is_harmless(steps: Sequence[bytes]) -> bool:
    """Tell whether a question may be sent to a device that nobody knows."""
    return NEVER_SENT.isdisjoint(b"".join(steps))


def _letters_of_others(steps: Sequence[bytes]) -> tuple[bool, int]:
    sent = b"".join(steps)
    return not TAKEN_FOR_COMMANDS.isdisjoint(sent), len(sent)


def _usual_framing(serial: SerialSettings) -> CharacterFormat:
    if serial.bytesize == 8:
        return CharacterFormat.EIGHT
    return CharacterFormat.SEVEN_EVEN if serial.parity == "even" else CharacterFormat.SEVEN_ODD


@dataclass(frozen=True, slots=True)
class ScaleReply:
    """What a scale said when it was asked; `says_unit` is False when kg had to be supposed."""

    readings: list[Reading]
    says_unit: bool = True


def answered(protocol: str, step: bytes, text: bytes, *, last: bool) -> ScaleReply | None:
    """Tell what a scale of that protocol answered to one step; None when it did not.

    Args:
        protocol: its id.
        step: what was sent.
        text: what was heard since, decoded.
        last: it is the step that asks for the weight.
    """
    text = text.removeprefix(step)  # an adapter that echoes
    for unit in (None, "kg"):
        scale: PolledScale = asked(protocol, protocol, unit=unit)
        if (answer := scale.judge(step, text, 0)) is None:
            return None
        readings = [each for each in answer.results if isinstance(each, Reading)]
        if readings or not last:
            return ScaleReply(readings, says_unit=unit is None)
    return None


def with_unit(weighing: Weighing) -> Weighing:
    """The weighing with kg where the frame carries no unit."""
    return weighing if weighing.unit is not None else replace(weighing, unit="kg")
