"""A scale that must be asked, and the commands that set its zero and its tare.

Who waits, times out, drops what is late and strips an echo is the bus (drivers/bus/bus.py); here is what to send
and which of the frames that were heard is its answer. A frame that answers something else is stale: it is passed over.
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

# The scale has heard the question and has no weight for it.
REFUSALS = frozenset([Reason.BUSY, Reason.SYNTAX, Reason.TRANSMISSION])


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSet:
    """What a protocol's scales understand. The bytes are the maker's.

    Attributes:
        poll: what to send for one weight, step by step; each step after the answer to the one before.
        zero: sets the zero; b"" where the maker names no command.
        tare: takes what stands on the pan as tare; b"" likewise.
        answers: question → how its answer begins; any frame for a question that is missing. What is no weighing never
            answers the last step of a poll.
        done: how the answer to a zero or tare command begins that was carried out.
        unchanged: a whole answer that means "the same weight as last time"; b"" where there is none.
        silent: it answers a poll only when there is something new: its silence says nothing, least of all zero.
    """

    poll: tuple[bytes, ...]
    zero: bytes = b""
    tare: bytes = b""
    answers: Mapping[bytes, bytes] = field(default_factory=dict)
    done: bytes = rb"(?!)"
    unchanged: bytes = b""
    silent: bool = False


class PolledScale:
    """BusDriver of a scale.

    Args:
        device: id of the scale.
        protocol: what its frames look like.
        asking: what it understands.
        unit: of its display, where frames carry none.
    """

    def __init__(self, device: str, protocol: PackedProtocol, asking: CommandSet, *, unit: str | None = None) -> None:
        self.device = device
        self._protocol = protocol
        self._asking = asking
        self._scale = PackedScale(device, protocol, unit=unit, whole=True)
        self._wanted: list[bytes] = []
        self._latest: Reading | None = None

    @property
    def commands(self) -> frozenset[ScaleCommand]:
        """What the maker names a command for."""
        known: dict[ScaleCommand, bytes] = {"zero": self._asking.zero, "tare": self._asking.tare}
        return frozenset(name for name, command in known.items() if command)

    def zero(self) -> None:
        """Set the zero before the next weight is asked for.

        Raises:
            ConfigurationError: the protocol has no such command.
        """
        self._want(self._asking.zero, "zero")

    def tare(self) -> None:
        """Take the tare before the next weight is asked for.

        Raises:
            ConfigurationError: the protocol has no such command.
        """
        self._want(self._asking.tare, "tare")

    def questions(self) -> Sequence[bytes]:
        """Commands that wait, then the poll."""
        wanted, self._wanted = self._wanted, []
        return [*wanted, *self._asking.poll]

    def judge(self, question: bytes, heard: bytes, at: int) -> BusResponse | None:
        """Find the answer to `question`; see drivers.contract.BusDriver."""
        beginning = self._asking.answers.get(question, b"")
        index = 0
        while isinstance(found := seek(self._protocol, heard, index, last=True), FoundFrame):
            frame = heard[found.start : found.end]
            if isinstance(found.outcome, Weighing) and self._answers(question, beginning, frame, found.outcome):
                return self._answer(question, frame, found, at)
            index = found.resume
        return None

    def complaint(self, question: bytes, heard: bytes) -> DecodeError:
        """Say what is wrong with bytes that never became an answer."""
        self._scale.reset()
        errors = [each for each in self._scale.weighings(heard) if isinstance(each, DecodeError)]
        rest = self._scale.unfinished()
        text = f"{self.device} answered {question!r} with something else"
        return next(iter(errors), rest) or DecodeError(text, reason=Reason.FRAMING, raw=heard)

    def may_be_silent(self, question: bytes) -> bool:
        """Tell whether it may leave `question` unanswered; see drivers.contract.BusDriver."""
        return self._asking.silent and question == self._asking.poll[-1]

    def lost(self) -> Sequence[Reading]:
        """A BAD reading: the scale does not answer any more."""
        self._latest = None
        return [to_reading(Weighing(error=Reason.NO_COMMUNICATION), self.device)]

    def _want(self, command: bytes, name: str) -> None:
        if not command:
            raise ConfigurationError(f"{self.device}: {self._protocol.name} has no command for {name}")
        self._wanted.append(command)

    def _answers(self, question: bytes, beginning: bytes, frame: bytes, weighing: Weighing) -> bool:
        if question == self._asking.poll[-1] and weighing.error == Reason.NOT_WEIGHT:
            return False
        return re.match(beginning, frame) is not None

    def _answer(self, question: bytes, frame: bytes, found: FoundFrame, at: int) -> BusResponse:
        if self._is_command(question):
            refused = re.match(self._asking.done, frame) is None
            results: Sequence[Reading | Trouble] = [self._refusal(question, frame, at)] if refused else []
        elif question != self._asking.poll[-1]:
            refused = isinstance(found.outcome, Weighing) and found.outcome.error in REFUSALS
            results = [self._refusal(question, frame, at)] if refused else []
        else:
            refused = isinstance(found.outcome, Weighing) and found.outcome.error in REFUSALS
            results = self._read(frame, at)
        return BusResponse(results=results, start=found.start, end=found.end, refused=refused)

    def _read(self, frame: bytes, at: int) -> Sequence[Reading | Trouble]:
        if frame == self._asking.unchanged and self._latest is not None:
            return [msgspec.structs.replace(self._latest, flags=Flag.REPEATED)]
        self._scale.reset()
        results = self._scale.receive_data(frame, at)
        self._latest = next((each for each in reversed(results) if isinstance(each, Reading)), self._latest)
        return results

    def _is_command(self, question: bytes) -> bool:
        return question in (self._asking.zero, self._asking.tare)

    def _refusal(self, question: bytes, frame: bytes, at: int) -> Trouble:
        text = f"{self.device} did not carry out {question!r}: it answered {frame!r}"
        return Trouble(device=self.device, kind=Reason.BUSY, text=text, at=at, raw=frame)
