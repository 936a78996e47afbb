"""The shapes of a driver, and what a link hands on.

A driver is sans-I/O: it is given bytes and times, and returns readings; it never opens, waits or asks a clock.
Times are UTC microseconds of the gateway's clock.

    StreamDriver    a device that talks by itself: bytes in, readings out
    MessageDriver   a device that publishes: one message in, readings out
    BusDriver       devices that must be asked: the driver says what to send and judges the answer

`SerialSettings` say how a port is set for a stream or a bus.

A link (drivers/links/) does the I/O and puts arrivals into an `ArrivalQueue`: a `MqttMessage` as the broker delivered
it, `Readings` as a driver decoded them, a `LinkChange` when it is lost or back, `Trouble` when bytes gave no reading.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from drivers.errors import DecodeError
from drivers.reading import Quantity, Reading, Reason

Parity = Literal["none", "even", "odd"]


class SerialSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a serial port is set. Handshakes stay off: a three-wire cable has none."""

    baud: int = 9600
    bytesize: int = 8
    parity: Parity = "none"
    stopbits: int = 1

    @property
    def character_bits(self) -> int:
        """Bits that one byte takes on the line."""
        return 1 + self.bytesize + (self.parity != "none") + self.stopbits


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was no reading: counted by (device, kind) and said once in a while.

    Attributes:
        device: device id, or the link's name when no device is known.
        kind: one word of drivers.reading.Reason, or of the link: `port`, `no_reply`, `late_reply`, `exception`,
            `overrun`, `too_large`, `refused`, `deaf`, `wrong_settings`.
        text: one sentence: what, where, remedy.
        at: UTC microseconds.
        raw: the bytes, for the dead letters; b"" when there are none.
        topic: of an MQTT message, else "".
        connection: with `mid`, the MQTT message to acknowledge once this is stored; mid 0: none.
        mid: packet id.
        since: UTC microseconds; from then to `at` what the device sent was not read. None: nothing is missing.
    """

    device: str
    kind: str
    text: str
    at: int
    raw: bytes = b""
    topic: str = ""
    connection: int = 0
    mid: int = 0
    since: int | None = None


class MqttMessage(msgspec.Struct, frozen=True, gc=False):
    """One MQTT message as it was delivered; `connection` and `mid` are what an acknowledgement needs."""

    topic: str
    payload: bytes
    at: int
    connection: int
    mid: int
    qos: int
    dup: bool
    retain: bool


class Readings(msgspec.Struct, frozen=True, gc=False):
    """Readings of one device, as they came from a wire at `at`."""

    device: str
    readings: list[Reading]
    at: int


class LinkChange(msgspec.Struct, frozen=True, kw_only=True):
    """A link is lost or back. `session` is False when a broker says that it kept none for us."""

    link: str
    up: bool
    text: str
    at: int
    session: bool = True


Arrival = MqttMessage | Readings | LinkChange | Trouble


class ArrivalQueue(Protocol):
    """Where links put what arrived. Bounded: a link stops reading while `full`."""

    @property
    def full(self) -> bool: ...

    @property
    def half_empty(self) -> bool:
        """True when a link that gave up because of `full` may come back."""

    def put(self, arrival: Arrival) -> None:
        """Take it; never waits. Safe from any thread."""


class Clock(Protocol):
    """The gateway's one clock (tests and the demo turn it faster)."""

    def now(self) -> int:
        """UTC microseconds."""

    def monotonic(self) -> float:
        """Seconds that only grow, for time-outs; runs at the clock's speed."""


@runtime_checkable
class StreamDriver(Protocol):
    """A device that sends by itself."""

    def receive_data(self, chunk: bytes, at: int) -> Sequence[Reading | Trouble]:
        """Take any slice of the stream; return what became complete with it, in order.

        The result does not depend on how the stream is cut. Garbage is skipped and counted, never guessed.
        """

    def reset(self) -> None:
        """Forget the frame that has begun: what comes next is not its continuation (the line was cut)."""


@runtime_checkable
class LineDriver(StreamDriver, Protocol):
    """A device that sends lines which do not tell their own beginning."""

    def opened(self) -> None:
        """The port was opened, or opened again: the line that has begun is not whole."""


class BusResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What a device answered to one question.

    Attributes:
        results: readings, and `Trouble` when it refused.
        start: index of the answer's first byte in what was heard since the question.
        end: index after its last byte.
        refused: True for an exception reply.
    """

    results: Sequence[Reading | Trouble]
    start: int
    end: int
    refused: bool = False


class BusDriver(Protocol):
    """A device that must be asked. It builds its questions and judges what was heard; it never waits.

    When to ask, how long to wait and what is too late is the business of the bus (drivers/bus/bus.py).
    """

    @property
    def device(self) -> str: ...

    def questions(self) -> Sequence[bytes]:
        """One round, in the order in which to send them."""

    def judge(self, question: bytes, heard: bytes, at: int) -> BusResponse | None:
        """Find the answer to `question` in all that was heard since; None while it is not complete."""

    def complaint(self, question: bytes, heard: bytes) -> DecodeError:
        """Say what is wrong with bytes that never became an answer."""

    def may_be_silent(self, question: bytes) -> bool:
        """Tell whether a device that is well may leave `question` unanswered: then silence is no loss."""

    def lost(self) -> Sequence[Reading]:
        """A BAD reading for each channel: the device does not answer any more."""


ScaleCommand = Literal["zero", "tare"]


@runtime_checkable
class ScaleDriver(BusDriver, Protocol):
    """A scale that is asked, and can be told."""

    @property
    def commands(self) -> frozenset[ScaleCommand]:
        """What its maker names a command for."""

    def zero(self) -> None:
        """Set the zero before the next weight is asked for. Raises ConfigurationError: there is no such command."""

    def tare(self) -> None:
        """Take the tare before the next weight is asked for. Raises ConfigurationError: there is no such command."""


class RejectedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a message that is no reading, beside others that may be good.

    Attributes:
        device: whose topic it came on; "" when the topic names no device.
        name: what the record calls itself, as far as it can be told.
        reason: `malformed` or `name_mismatch`.
        text: one sentence.
        quantity: what it would have measured, None when unknown.
    """

    device: str
    name: str
    reason: Reason
    text: str
    quantity: Quantity | None = None


class MessageDriver(Protocol):
    """A device that publishes on a broker."""

    def decode(
        self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None
    ) -> list[Reading | RejectedRecord]:
        """Decode one message that arrived at `at`; messages that carry no reading by design give [].

        Raises:
            DecodeError: the message as a whole is no reading.
        """

    def status(self, topic: str, payload: bytes) -> bool | None:
        """Tell whether a device says that it is online; None when the message is no status."""
