"""Decode the stream of a scale that sends lines.

A protocol is a `LineProtocol`: how a frame begins, and `parse`, from one frame to one `Weighing`. Everything else is
done here:
    half frames, several frames in one read           LineBuffer
    garbage before a frame, also without a line end   the frame is searched inside the line, from its last beginning
    7E1 read with eight data bits                     explained, never masked
    a digit lost in the middle                        WidthGuard
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
    """Definition of one line protocol.

    Attributes:
        name: id in kitchen.yaml.
        start: pattern for the beginning of a frame; bytes before it in the line are garbage.
        parse: one frame without its line end → Weighing; raises DecodeError when it is not a frame.
        longest: bytes of the longest frame.
    """

    name: str
    start: re.Pattern[bytes]
    parse: Callable[[bytes], Weighing]
    longest: int = 64


class WidthGuard:
    """Learns the length of frames with a weight, and refuses other lengths: without a checksum, only the length shows
    that a digit is missing.

    The first frames are accepted until `AGREE` in a row have the same length. Later, another length is accepted when it
    occurs `AGREE` times in a row: somebody switched the unit, or exchanged the scale. So a lost byte costs one reading,
    and a change of the display's format `AGREE - 1`.
    """

    AGREE = 3

    def __init__(self) -> None:
        self._learned: int | None = None
        self._candidate = 0
        self._seen = 0

    @property
    def learned(self) -> int | None:
        """Length of a frame in bytes; None until it is learned."""
        return self._learned

    def accepts(self, width: int) -> bool:
        """Learn from the length of a frame in bytes, and return whether to accept the frame."""
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
        protocol: of its lines.
        unit: of the display, for frames that have none.
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
        return [self._result(outcome, at) for outcome in self.weighings(chunk)]

    def reset(self) -> None:
        """Drop the unfinished frame."""
        self._lines.clear()

    def weighings(self, chunk: bytes) -> Iterator[Weighing | DecodeError]:
        """Yield the content of every frame of the stream, and an error for bytes that are not a frame."""
        for line in self._lines.receive_data(chunk):
            yield from self._parse_line(line)

    def unfinished(self) -> DecodeError | None:
        """Return the error for the bytes after the last line end; None when there are none."""
        pending = self._lines.pending
        return self._no_frame(pending) if pending else None

    def _parse_line(self, line: Line) -> Iterator[Weighing | DecodeError]:
        start = max((match.start() for match in self._protocol.start.finditer(line.body)), default=None)
        garbage = line.body if start is None or not line.ended else line.body[:start]
        if garbage.strip():
            yield self._no_frame(garbage)
        if start is not None and line.ended:
            yield self._parse_frame(line.body[start:])

    def _parse_frame(self, frame: bytes) -> Weighing | DecodeError:
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

    def _result(self, outcome: Weighing | DecodeError, at: int) -> Reading | Trouble:
        if isinstance(outcome, DecodeError):
            return Trouble(device=self._device, kind=outcome.reason, text=str(outcome), at=at, raw=outcome.raw)
        if outcome.error in NOT_A_WEIGHING:
            text = f"{self._device} sent a line that is no weighing ({outcome.error})"
            return Trouble(device=self._device, kind=outcome.error, text=text, at=at)
        if outcome.weight is not None and outcome.unit is None and self._unit is None:
            text = f"{self._device} sends no unit: set unit: kg, or what its display shows"
            return Trouble(device=self._device, kind=Reason.MALFORMED, text=text, at=at)
        return to_reading(outcome, self._device, self._channel, unit=self._unit)


def last_weighing(scale: LineScale, recording: bytes) -> Weighing:
    """Return the last valid frame of a recording, else the reason why there is none."""
    outcomes = list(scale.weighings(recording))
    if (rest := scale.unfinished()) is not None:
        outcomes.append(rest)
    weighings = [outcome for outcome in outcomes if isinstance(outcome, Weighing)]
    if weighings:
        return weighings[-1]
    reasons = {outcome.reason for outcome in outcomes if isinstance(outcome, DecodeError)}
    worst = next((reason for reason in (Reason.CHECKSUM, Reason.PARITY) if reason in reasons), Reason.FRAMING)
    return Weighing(error=worst)
