"""Poll a scale that sends only on request, and send it zero and tare commands.

Waiting, time-outs, late responses and echoes are the business of the bus (drivers/bus/bus.py). This module builds the
requests and finds the response among the frames received. A frame that responds to something else is skipped.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from drivers.contract import BusResponse, ScaleCommand, Trouble
from drivers.errors import ConfigurationError, DecodeError
from drivers.reading import Flag, Reading, Reason
from drivers.scales.common.packed import FoundFrame, PackedProtocol, PackedScale, seek
from drivers.scales.common.weighing import Weighing, to_reading

# The scale received the request and has no weight for it.
REFUSALS = frozenset([Reason.BUSY, Reason.SYNTAX, Reason.TRANSMISSION])


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSet:
    """Commands of a protocol, in the maker's bytes.

    Attributes:
        poll: requests for one weight, step by step; each step is sent after the response to the one before.
        zero: sets the zero; b"" when the maker documents no command.
        tare: tares the load on the pan; b"" when the maker documents no command.
        responses: request → pattern for the beginning of its response; any frame for a request that is missing. A frame
            that is not a weighing never responds to the last step of a poll.
        done: pattern for the beginning of the response to a zero or tare command that was carried out.
        unchanged: complete response that means "the same weight as last time"; b"" when there is none.
        silent: the scale responds to a poll only when there is something new. Its silence does not mean zero.
    """

    poll: tuple[bytes, ...]
    zero: bytes = b""
    tare: bytes = b""
    responses: Mapping[bytes, bytes] = field(default_factory=dict)
    done: bytes = rb"(?!)"
    unchanged: bytes = b""
    silent: bool = False


class PolledScale:
    """BusDriver of a scale.

    Args:
        device: id of the scale.
        protocol: of its frames.
        command_set: commands that it obeys.
        unit: of its display, for frames that have none.
    """

    def __init__(
        self, device: str, protocol: PackedProtocol, command_set: CommandSet, *, unit: str | None = None
    ) -> None:
        self.device = device
        self.silent_requests = frozenset([command_set.poll[-1]] if command_set.silent else [])
        self._protocol = protocol
        self._command_set = command_set
        self._scale = PackedScale(device, protocol, unit=unit, whole=True)
        self._waiting: list[bytes] = []
        self._latest: Reading | None = None

    @property
    def commands(self) -> frozenset[ScaleCommand]:
        """Commands that the maker documents."""
        commands: dict[ScaleCommand, bytes] = {"zero": self._command_set.zero, "tare": self._command_set.tare}
        return frozenset(name for name, command in commands.items() if command)

    def zero(self) -> None:
        """Send the zero command before the next poll.

        Raises:
            ConfigurationError: the protocol has no such command.
        """
        self._queue(self._command_set.zero, "zero")

    def tare(self) -> None:
        """Send the tare command before the next poll.

        Raises:
            ConfigurationError: the protocol has no such command.
        """
        self._queue(self._command_set.tare, "tare")

    def requests(self) -> Sequence[bytes]:
        """Return the waiting commands, then the poll."""
        waiting, self._waiting = self._waiting, []
        return [*waiting, *self._command_set.poll]

    def find_response(self, request: bytes, received: bytes, at: int) -> BusResponse | None:
        """Find the response to `request`; see drivers.contract.BusDriver."""
        beginning = self._command_set.responses.get(request, b"")
        index = 0
        while isinstance(frame := seek(self._protocol, received, index, last=True), FoundFrame):
            raw = received[frame.start : frame.end]
            if isinstance(frame.outcome, Weighing) and self._responds(request, beginning, raw, frame.outcome):
                return self._response(request, raw, frame, at)
            index = frame.resume
        return None

    def explain(self, request: bytes, received: bytes) -> DecodeError:
        """Explain why the bytes received are not a response; see drivers.contract.BusDriver."""
        self._scale.reset()
        errors = [outcome for outcome in self._scale.weighings(received) if isinstance(outcome, DecodeError)]
        rest = self._scale.unfinished()
        text = f"{self.device} answered {request!r} with something else"
        return next(iter(errors), rest) or DecodeError(text, reason=Reason.FRAMING, raw=received)

    def lost_readings(self) -> Sequence[Reading]:
        """Return the BAD reading of a scale that does not respond any more."""
        self._latest = None
        return [to_reading(Weighing(error=Reason.NO_COMMUNICATION), self.device)]

    def _queue(self, command: bytes, name: str) -> None:
        if not command:
            raise ConfigurationError(f"{self.device}: {self._protocol.name} has no command for {name}")
        self._waiting.append(command)

    def _responds(self, request: bytes, beginning: bytes, raw: bytes, weighing: Weighing) -> bool:
        if request == self._command_set.poll[-1] and weighing.error == Reason.NOT_WEIGHT:
            return False
        return re.match(beginning, raw) is not None

    def _response(self, request: bytes, raw: bytes, frame: FoundFrame, at: int) -> BusResponse:
        refused = isinstance(frame.outcome, Weighing) and frame.outcome.error in REFUSALS
        if request in (self._command_set.zero, self._command_set.tare):
            refused = re.match(self._command_set.done, raw) is None
        if request == self._command_set.poll[-1]:
            results = self._read(raw, at)
        else:
            results = [self._refusal(request, raw, at)] if refused else []
        return BusResponse(results=results, start=frame.start, end=frame.end, refused=refused)

    def _read(self, raw: bytes, at: int) -> Sequence[Reading | Trouble]:
        if raw == self._command_set.unchanged and self._latest is not None:
            return [msgspec.structs.replace(self._latest, flags=Flag.REPEATED)]
        self._scale.reset()
        results = self._scale.receive_data(raw, at)
        self._latest = next((result for result in reversed(results) if isinstance(result, Reading)), self._latest)
        return results

    def _refusal(self, request: bytes, raw: bytes, at: int) -> Trouble:
        text = f"{self.device} did not carry out {request!r}: it answered {raw!r}"
        return Trouble(device=self.device, kind=Reason.BUSY, text=text, at=at, raw=raw)
