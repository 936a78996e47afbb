"""A scale that sends lines: the stream that all line protocols share.

A protocol is a `LineProtocol`: how a frame begins, and `parse`, one frame → one `Weighing`. Everything else is here:
    half frames, several frames in one read        LineBuffer
    garbage before a frame, also without a line end   the frame is looked for inside the line, from its last beginning
    7E1 read with eight data bits                  said so, never masked
    a digit lost in the middle                     WidthGuard
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.contract import Trouble
from drivers.errors import DecodeError
from drivers.framing import Line, LineBuffer, read_as_eight_bits
from drivers.reading import Reading, Reason
from drivers.scales.common.weighing import NOT_A_WEIGHING, Weighing, to_reading


@dataclass(frozen=True, slots=True)
class LineProtocol:
    """What makes one line protocol different from the others.

    Attributes:
        name: id in kitchen.yaml.
        start: matches where a frame begins; what stands before it in the line is garbage.
        parse: one frame without its line end → Weighing; raises DecodeError for what is no frame.
        longest: bytes of the longest frame.
    """

    name: str
    start: re.Pattern[bytes]
    parse: Callable[[bytes], Weighing]
    longest: int = 64


class WidthGuard:
    """Learns how long the frames with a weight are and refuses others: without a checksum only the length tells
    that a digit is missing.

    The first frames are believed until `AGREE` in a row had one length. Later another length is believed when it came
    `AGREE` times in a row: the unit was switched by its key, or the scale was exchanged. So a lost byte costs one
    reading, and a change of the display's format `AGREE - 1`.
    """

    AGREE = 3

    def __init__(self) -> None:
        self._learned: int | None = None
        self._candidate = 0
        self._seen = 0

    @property
    def learned(self) -> int | None:
        """Bytes of a frame, None until it is known."""
        return self._learned

    def accepts(self, width: int) -> bool:
        """Take the length of a frame in bytes; tell whether to believe the frame."""
        if width == self._learned:
            self._seen = 0
            return True
        self._seen = self._seen + 1 if width == self._candidate else 1
        self._candidate = width
        if self._seen < self.AGREE:
            return self._learned is None
        self._learned, self._seen = width, 0
        return True


class LineScale:
    """StreamDriver of a scale that sends lines.

    Args:
        device: id of the scale.
        protocol: what its lines look like.
        unit: of the display, for frames that carry none.
        channel: of its readings.
    """

    def __init__(
        self, device: str, protocol: LineProtocol, *, unit: str | None = None, channel: str = "weight"
    ) -> None:
        self._device = device
        self._protocol = protocol
        self._unit = unit
        self._channel = channel
        self._lines = LineBuffer(keep=protocol.longest)
        self._width = WidthGuard()

    def receive_data(self, chunk: bytes, at: int) -> list[Reading | Trouble]:
        """Take any slice of the stream; see drivers.contract.StreamDriver."""
        return [self._result(each, at) for each in self.weighings(chunk)]

    def reset(self) -> None:
        """Forget the frame that has begun."""
        self._lines.clear()

    def weighings(self, chunk: bytes) -> Iterator[Weighing | DecodeError]:
        """Give every frame of the stream as the scale meant it, and what was no frame as the error that it is."""
        for line in self._lines.receive_data(chunk):
            yield from self._judge(line)

    def unfinished(self) -> DecodeError | None:
        """Say what the bytes after the last line end are; None when there are none."""
        pending = self._lines.pending
        return self._no_frame(pending) if pending else None

    def _judge(self, line: Line) -> Iterator[Weighing | DecodeError]:
        start = max((match.start() for match in self._protocol.start.finditer(line.body)), default=None)
        garbage = line.body if start is None or not line.ended else line.body[:start]
        if garbage.strip():
            yield self._no_frame(garbage)
        if start is not None and line.ended:
            yield self._frame(line.body[start:])

    def _frame(self, frame: bytes) -> Weighing | DecodeError:
        try:
            weighing = self._protocol.parse(frame)
        except DecodeError as error:
            return error
        if weighing.weight is not None and not self._width.accepts(len(frame.rstrip())):
            text = (
                f"{self._device}: {frame!r} is not {self._width.learned} bytes long as the others: a digit may be lost"
            )
            return DecodeError(text, reason=Reason.FRAMING, raw=frame)
        return weighing

    def _no_frame(self, run: bytes) -> DecodeError:
        parity = read_as_eight_bits(run)
        if parity is None:
            text = f"{self._device}: {run[:64]!r} is no {self._protocol.name} frame"
            return DecodeError(text, reason=Reason.FRAMING, raw=run)
        text = (
            f"{self._device} sends seven bits with {parity} parity: set bytesize: 7 and parity: {parity} for its port"
        )
        return DecodeError(text, reason=Reason.PARITY, raw=run)

    def _result(self, each: Weighing | DecodeError, at: int) -> Reading | Trouble:
        if isinstance(each, DecodeError):
            return Trouble(device=self._device, kind=each.reason, text=str(each), at=at, raw=each.raw)
        if each.error in NOT_A_WEIGHING:
            text = f"{self._device} sent a line that is no weighing ({each.error})"
            return Trouble(device=self._device, kind=each.error, text=text, at=at)
        if each.weight is not None and each.unit is None and self._unit is None:
            text = f"{self._device} sends no unit: set unit: kg, or what its display shows"
            return Trouble(device=self._device, kind=Reason.MALFORMED, text=text, at=at)
        return to_reading(each, self._device, self._channel, unit=self._unit)


def last_weighing(scale: LineScale, recording: bytes) -> Weighing:
    """Tell what a technician wants to know of some bytes: the last valid frame in them, else why there is none."""
    found = list(scale.weighings(recording))
    if (rest := scale.unfinished()) is not None:
        found.append(rest)
    frames = [each for each in found if isinstance(each, Weighing)]
    if frames:
        return frames[-1]
    reasons = {each.reason for each in found if isinstance(each, DecodeError)}
    worst = next((each for each in (Reason.CHECKSUM, Reason.PARITY) if each in reasons), Reason.FRAMING)
    return Weighing(error=worst)
