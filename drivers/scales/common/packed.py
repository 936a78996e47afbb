r"""A scale whose frames end where their beginning says: by a length, a checksum that may look like anything, or a line.

A protocol is a `PackedProtocol`: where a frame may begin, how long the frame there is, what it says. Everything else
is here:
    half frames, several frames in one read     what may still become a frame is kept
    a byte of the frame that looks like an end  the protocol measures, nobody scans for ETX
    a wrong checksum                            said once; the search goes on one byte further
    garbage between frames                      skipped, told in runs of 256 bytes at most
    a number without a label before it          `UNLABELLED`: only garbage that is no text may stand before it
    a digit lost in the middle                  WidthGuard on the number's field, where no length or checksum tells
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from drivers.errors import DecodeError
from drivers.framing import read_as_eight_bits
from drivers.reading import Reason
from drivers.scales.common.line import LineProtocol, LineScale
from drivers.scales.common.weighing import Weighing

MOST_SKIPPED = 256  # bytes of garbage told together
REACH = 8  # bytes of the longest beginning of a frame
CONTEXT = 2  # bytes that a beginning looks back

# A number may begin a frame after a line end or the noise of power-up, never after text: "WT: 12 kg" is another scale.
# Two bytes above 7F are noise; a single one is a damaged sign or digit, unless blanks or a sign follow the noise.
UNLABELLED = rb"(?:(?<![ -~\x80-\xff])|(?<=[\x80-\xff]{2})(?=[ +-]))"
LINE_END = re.compile(rb"[\r\n]")
FIELD = re.compile(rb"[-+ ]*[0-9][0-9.]*")

Measure = Callable[[bytes, bool], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedProtocol(LineProtocol):
    """What makes one protocol different from the others; `parse` is given all bytes of the frame.

    Attributes:
        measure: (bytes from a beginning on, at most `longest`; whether no more will come) → length of the frame;
            0 when there is none, None when there is none yet.
        guarded: the width of the number must be learned, since nothing else tells that a digit is missing.
        field: where that number is, with the blanks and the sign before it; frames without one are not guarded.
        unit_certain: False: a configured unit beats that of the frame, which makers fill in differently.
    """

    measure: Measure
    guarded: bool = False
    field: re.Pattern[bytes] = FIELD
    unit_certain: bool = True


def of_length(length: int) -> Measure:
    """Measure frames that are all equally long."""
    return lambda heard, _: length if len(heard) >= length else None


def up_to(end: re.Pattern[bytes] = LINE_END) -> Measure:
    """Measure frames by their end, which can stand nowhere else in them."""

    def measure(heard: bytes, _: bool) -> int | None:
        found = end.search(heard, 1)
        return found.end() if found else None

    return measure


class FoundFrame(NamedTuple):
    """A frame, or one with a wrong checksum, between two indexes."""

    start: int
    end: int
    outcome: Weighing | DecodeError

    @property
    def resume(self) -> int:
        """Where to go on: inside a damaged frame another may begin."""
        return self.end if isinstance(self.outcome, Weighing) else self.start + 1


def seek(protocol: PackedProtocol, heard: bytes, at: int, *, last: bool) -> FoundFrame | int:
    """Find the next frame from `at` on; else tell from where to look again when more has come.

    Args:
        protocol: whose frames.
        heard: the stream.
        at: where to begin.
        last: no more will come.
    """
    while (begins := protocol.start.search(heard, at)) is not None:
        start = begins.start()
        window = heard[start : start + protocol.longest]
        length = protocol.measure(window, last)
        if length is None and not last and len(window) < protocol.longest:
            return start
        if length and (found := _judge(protocol, window[:length], start)) is not None:
            return found
        at = start + 1
    return len(heard) if last else max(at, len(heard) - REACH)


def _judge(protocol: PackedProtocol, frame: bytes, start: int) -> FoundFrame | None:
    try:
        return FoundFrame(start, start + len(frame), protocol.parse(frame))
    except DecodeError as error:
        return FoundFrame(start, start + len(frame), error) if error.reason == Reason.CHECKSUM else None


class PackedScale(LineScale):
    """StreamDriver of a scale with a `PackedProtocol`.

    Args:
        device: id of the scale.
        protocol: what its frames look like.
        unit: of the display.
        channel: of its readings.
        whole: each chunk is all there is (an answer, a recording); else the stream was joined somewhere, and a number
            without a label is believed only after the first line end.
    """

    def __init__(
        self,
        device: str,
        protocol: PackedProtocol,
        *,
        unit: str | None = None,
        channel: str = "weight",
        whole: bool = False,
    ) -> None:
        super().__init__(device, protocol, unit=unit, channel=channel)
        self._packed = protocol
        self._whole = whole
        self._pending = b"" if whole else b"0"  # text may have stood before what we hear first
        self._at = self._told = len(self._pending)

    def reset(self) -> None:
        """Forget the frame that has begun."""
        self._pending, self._at, self._told = b"", 0, 0

    def weighings(self, chunk: bytes) -> Iterator[Weighing | DecodeError]:
        """Give every frame of the stream as the scale meant it, and what was no frame as the error that it is."""
        self._pending += chunk
        while isinstance(found := seek(self._packed, self._pending, self._at, last=self._whole), FoundFrame):
            yield from self._skip(found.start)
            yield self._guarded(found)
            self._at, self._told = found.resume, max(self._told, found.end)
        self._at = found
        yield from self._forget()

    def unfinished(self) -> DecodeError | None:
        """Say what the bytes after the last frame are; None when there are none."""
        rest = self._pending[self._told :]
        return self._no_frame(rest) if rest.strip() else None

    def _guarded(self, found: FoundFrame) -> Weighing | DecodeError:
        weighing = found.outcome
        if isinstance(weighing, DecodeError):
            return weighing
        frame = self._pending[found.start : found.end]
        field = self._packed.field.search(frame)
        if self._packed.guarded and weighing.weight is not None and field and not self._width.accepts(len(field[0])):
            text = f"{self._device}: the number in {frame!r} is not {self._width.learned} wide: a digit may be lost"
            return DecodeError(text, reason=Reason.FRAMING, raw=frame)
        return self._with_unit(weighing)

    def _with_unit(self, weighing: Weighing) -> Weighing:
        said = weighing.unit is not None
        if self._unit is None or weighing.weight is None or (said and self._packed.unit_certain):
            return weighing
        return replace(weighing, unit=self._unit)

    def _skip(self, to: int) -> Iterator[DecodeError]:
        """Tell the garbage before `to`, in runs."""
        while self._told < to:
            run = self._pending[self._told : min(to, self._told + MOST_SKIPPED)]
            self._told += len(run)
            if run.strip():
                yield self._no_frame(run)

    def _forget(self) -> Iterator[DecodeError]:
        """Keep what may become a frame, what is garbage but not yet a full run, and what a beginning looks back at."""
        if (full := (self._at - self._told) // MOST_SKIPPED) > 0:
            yield from self._skip(self._told + full * MOST_SKIPPED)
        gone = max(0, min(self._told, self._at - CONTEXT))
        self._pending = self._pending[gone:]
        self._at, self._told = self._at - gone, self._told - gone

    def _no_frame(self, run: bytes) -> DecodeError:
        """Name a seven-bit line also when its frames have control characters, which no text has."""
        one_parity = len({byte.bit_count() % 2 for byte in run}) == 1
        if read_as_eight_bits(run) is None and one_parity:
            error = super()._no_frame(bytes(byte for byte in run if byte & 0x60))
            return DecodeError(str(error), reason=error.reason, raw=run)
        return super()._no_frame(run)
