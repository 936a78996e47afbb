r"""Decode the stream of a scale whose frames must be measured from their beginning, by a length, a pattern or an end.

A protocol is a `PackedProtocol`: where a frame may begin, how long it is, and what it holds. Everything else is done
here:
    half frames, several frames in one read     bytes that may still become a frame are kept
    a byte of the frame that looks like an end  the protocol measures the frame, nobody scans for ETX
    a wrong checksum                            reported once; the search continues one byte further
    garbage between frames                      skipped, and reported in runs of 256 bytes at most
    a number without a label before it          `UNLABELLED`: only garbage that is not text may precede it
    a digit lost in the middle                  WidthGuard on the number, in frames without a length or a checksum
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

MOST_SKIPPED = 256  # bytes of garbage reported together
REACH = 8  # bytes of the longest `start`
CONTEXT = 2  # bytes before a frame that `start` looks back at

# A number may begin a frame after a line end or power-up noise, never after text: "WT: 12 kg" is another scale.
# Two bytes above 7F are noise. A single one is a damaged sign or digit, unless a blank or a sign follows it.
UNLABELLED = rb"(?:(?<![ -~\x80-\xff])|(?<=[\x80-\xff]{2})(?=[ +-]))"
LINE_END = re.compile(rb"[\r\n]")
FIELD = re.compile(rb"[-+ ]*[0-9][0-9.]*")

Measure = Callable[[bytes, bool], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedProtocol(LineProtocol):
    """Definition of one packed protocol; `parse` takes all bytes of the frame.

    Attributes:
        measure: (window, last) → length of the frame. The window begins at a match of `start` and has at most `longest`
            bytes; `last` is True when no more bytes will arrive. 0: this is not a frame. None: not yet.
        guarded: learn the width of the number, since nothing else shows that a digit is missing.
        field: pattern of that number, with the blanks and the sign before it; frames without it are not guarded.
        unit_certain: False when a configured unit has priority over the frame's, which makers fill in differently.
    """

    measure: Measure
    guarded: bool = False
    field: re.Pattern[bytes] = FIELD
    unit_certain: bool = True


def of_length(length: int) -> Measure:
    """Measure frames of a fixed length."""
    return lambda window, _: length if len(window) >= length else None


def up_to(end: re.Pattern[bytes] = LINE_END) -> Measure:
    """Measure frames by an end that occurs nowhere else in them."""

    def measure(window: bytes, _: bool) -> int | None:
        match = end.search(window, 1)
        return match.end() if match else None

    return measure


class FoundFrame(NamedTuple):
    """A frame in the stream, possibly with a wrong checksum."""

    start: int
    end: int
    outcome: Weighing | DecodeError

    @property
    def resume(self) -> int:
        """Index where the search continues: another frame may begin inside a damaged one."""
        return self.end if isinstance(self.outcome, Weighing) else self.start + 1


def seek(protocol: PackedProtocol, stream: bytes, index: int, *, last: bool) -> FoundFrame | int:
    """Find the next frame from `index` on; without one, return the index where to search once more bytes arrive.

    Args:
        protocol: of the frames.
        stream: the bytes.
        index: where to begin.
        last: no more bytes will arrive.
    """
    while (beginning := protocol.start.search(stream, index)) is not None:
        start = beginning.start()
        window = stream[start : start + protocol.longest]
        length = protocol.measure(window, last)
        if length is None and not last and len(window) < protocol.longest:
            return start
        if length and (frame := _parse(protocol, window[:length], start)) is not None:
            return frame
        index = start + 1
    return len(stream) if last else max(index, len(stream) - REACH)


def _parse(protocol: PackedProtocol, frame: bytes, start: int) -> FoundFrame | None:
    try:
        return FoundFrame(start, start + len(frame), protocol.parse(frame))
    except DecodeError as error:
        return FoundFrame(start, start + len(frame), error) if error.reason == Reason.CHECKSUM else None


class PackedScale(LineScale):
    """StreamDriver of a scale with a `PackedProtocol`.

    Args:
        device: id of the scale.
        protocol: of its frames.
        unit: of the display.
        channel: of its readings.
        whole: each chunk is complete (a response, a recording). Otherwise the stream was joined somewhere, and a number
            without a label is accepted only after the first line end.
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
        self._pending = b"" if whole else b"0"  # text may have preceded the first bytes that we receive
        self._searched = self._reported = len(self._pending)

    def reset(self) -> None:
        """Drop the unfinished frame."""
        self._pending, self._searched, self._reported = b"", 0, 0

    def weighings(self, chunk: bytes) -> Iterator[Weighing | DecodeError]:
        """Yield the content of every frame of the stream, and an error for bytes that are not a frame."""
        self._pending += chunk
        while isinstance(
            frame := seek(self._packed, self._pending, self._searched, last=self._whole),
            FoundFrame,
        ):
            yield from self._skip(frame.start)
            yield self._guarded(frame)
            self._searched, self._reported = frame.resume, max(self._reported, frame.end)
        self._searched = frame
        yield from self._drop()

    def unfinished(self) -> DecodeError | None:
        """Return the error for the bytes after the last frame; None when there are none."""
        rest = self._pending[self._reported :]
        return self._no_frame(rest) if rest.strip() else None

    def _guarded(self, frame: FoundFrame) -> Weighing | DecodeError:
        weighing = frame.outcome
        if isinstance(weighing, DecodeError):
            return weighing
        raw = self._pending[frame.start : frame.end]
        field = self._packed.field.search(raw)
        if self._packed.guarded and weighing.weight is not None and field and not self._width.accepts(len(field[0])):
            text = f"{self._device}: the number in {raw!r} is not {self._width.learned} wide: a digit may be lost"
            return DecodeError(text, reason=Reason.FRAMING, raw=raw)
        return self._with_unit(weighing)

    def _with_unit(self, weighing: Weighing) -> Weighing:
        certain = weighing.unit is not None and self._packed.unit_certain
        if self._unit is None or weighing.weight is None or certain:
            return weighing
        return replace(weighing, unit=self._unit)

    def _skip(self, end: int) -> Iterator[DecodeError]:
        """Report the garbage before `end`, in runs."""
        while self._reported < end:
            run = self._pending[self._reported : min(end, self._reported + MOST_SKIPPED)]
            self._reported += len(run)
            if run.strip():
                yield self._no_frame(run)

    def _drop(self) -> Iterator[DecodeError]:
        """Drop bytes, except an unfinished frame, garbage that is not a full run yet, and the context of `start`."""
        if (full := (self._searched - self._reported) // MOST_SKIPPED) > 0:
            yield from self._skip(self._reported + full * MOST_SKIPPED)
        count = max(0, min(self._reported, self._searched - CONTEXT))
        self._pending = self._pending[count:]
        self._searched, self._reported = self._searched - count, self._reported - count

    def _no_frame(self, run: bytes) -> DecodeError:
        """Explain a line of seven data bits also when its frames have control characters."""
        one_parity = len({byte.bit_count() % 2 for byte in run}) == 1
        if read_as_eight_bits(run) is None and one_parity:
            error = super()._no_frame(bytes(byte for byte in run if byte & 0x60))
            return DecodeError(str(error), reason=error.reason, raw=run)
        return super()._no_frame(run)
