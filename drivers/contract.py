"""Define the protocols of drivers and links, and the values that pass between them.

A driver is sans-I/O: it takes bytes and times, and returns readings. It never opens a port, waits or reads a clock.
Times are UTC microseconds of the gateway's clock.

    StreamDriver    a device that sends by itself: bytes in, readings out
    MessageDriver   a device that publishes on a broker: one message in, readings out
    BusDriver       a device that must be polled: the driver builds requests and finds the response

A link (drivers/links/) does the I/O and puts arrivals into an `ArrivalQueue`: a `MqttMessage` as the broker delivered
it, `Readings` as a driver decoded them, a `LinkChange` when the link is lost or back, a `Trouble` for bytes that gave
no reading.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from drivers.errors import DecodeError
from drivers.reading import Quantity, Reading, Reason

Parity = Literal["none", "even", "odd"]


class SerialSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Speed and format of a serial port. Handshakes stay off, since a three-wire cable has none."""

    baud: int = 9600
    bytesize: int = 8
    parity: Parity = "none"
    stopbits: int = 1

    @property
    def character_bits(self) -> int:
        """Bits that one byte takes on the line, start bit included."""
        return 1 + self.bytesize + (self.parity != "none") + self.stopbits


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes or events that gave no reading. The gateway counts them by device and kind, and logs them now and then.

    Attributes:
        device: device id, or the link's name when no device is known.
        kind: one word of drivers.reading.Reason, or of the link: `port`, `no_reply`, `late_reply`, `exception`,
            `overrun`, `too_large`, `refused`, `deaf`, `wrong_settings`.
        text: one sentence: what, where, remedy.
        at: UTC microseconds.
        raw: the bytes, for the dead letters; b"" when there are none.
        topic: of an MQTT message, else "".
        connection: number of the connection; with `mid` it names the message to acknowledge once this is stored.
        mid: packet id; 0 when there is nothing to acknowledge.
        since: UTC microseconds; bytes that the device sent from then to `at` were lost. None when none were lost.
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
    """An MQTT message as the broker delivered it. An acknowledgement needs `connection` and `mid`."""

    topic: str
    payload: bytes
    at: int
    connection: int
    mid: int
    qos: int
    dup: bool
    retain: bool


class Readings(msgspec.Struct, frozen=True, gc=False):
    """Readings of one device that arrived together over a wire at `at`."""

    device: str
    readings: list[Reading]
    at: int


class LinkChange(msgspec.Struct, frozen=True, kw_only=True):
    """A link is lost or back. `session` is False when the broker has kept no session for us."""

    link: str
    up: bool
    text: str
    at: int
    session: bool = True


Arrival = MqttMessage | Readings | LinkChange | Trouble


class ArrivalQueue(Protocol):
    """Bounded queue for arrivals. A link stops reading while it is `full`."""

    @property
    def full(self) -> bool: ...

    @property
    def half_empty(self) -> bool:
        """True when a link that disconnected because of `full` may connect again."""

    def put(self, arrival: Arrival) -> None:
        """Append an arrival without waiting. Safe from any thread."""


class Clock(Protocol):
    """The gateway's clock. Tests and the demo run it faster."""

    def now(self) -> int:
        """Return UTC microseconds."""

    def monotonic(self) -> float:
        """Return seconds that only grow, for time-outs. They run at the clock's speed."""


@runtime_checkable
class StreamDriver(Protocol):
    """A device that sends by itself."""

    def receive_data(self, chunk: bytes, at: int) -> Sequence[Reading | Trouble]:
        """Take any slice of the stream and return the results that it completes, in order.

        The results do not depend on how the stream is cut. Garbage is skipped and counted, never guessed.
        """

    def reset(self) -> None:
        """Drop the unfinished frame: the line was cut, so the next bytes do not continue it."""


@runtime_checkable
class LineDriver(StreamDriver, Protocol):
    """A device that sends lines whose beginning cannot be recognised."""

    def opened(self) -> None:
        """Note that the port was opened: the first line is not whole."""


class BusResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A device's response to one request.

    Attributes:
        results: readings, and a `Trouble` when the device refused.
        start: index of the response's first byte in the bytes received since the request.
        end: index after its last byte.
        refused: True for an exception response.
    """

    results: Sequence[Reading | Trouble]
    start: int
    end: int
    refused: bool = False


class BusDriver(Protocol):
    """A device that must be polled. The driver builds requests and finds responses; it never waits.

    When to send, how long to wait and which response is too late is decided by the bus (drivers/bus/bus.py).
    """

    @property
    def device(self) -> str: ...

    def requests(self) -> Sequence[bytes]:
        """Return the requests of one round, in the order in which to send them."""

    def find_response(self, request: bytes, received: bytes, at: int) -> BusResponse | None:
        """Find the response to `request` in the bytes received since; None while it is not complete."""

    def explain(self, request: bytes, received: bytes) -> DecodeError:
        """Explain why the bytes received since `request` are not a response."""

    @property
    def silent_requests(self) -> frozenset[bytes]:
        """Requests that a working device may leave unanswered, so that silence is no loss."""

    def lost_readings(self) -> Sequence[Reading]:
        """Return a BAD reading for each channel of a device that does not respond any more."""


ScaleCommand = Literal["zero", "tare"]


@runtime_checkable
class ScaleDriver(BusDriver, Protocol):
    """A scale that is polled, and may obey commands."""

    @property
    def commands(self) -> frozenset[ScaleCommand]:
        """Commands that the scale's maker documents."""

    def zero(self) -> None:
        """Send the zero command before the next poll. Raises ConfigurationError when there is none."""

    def tare(self) -> None:
        """Send the tare command before the next poll. Raises ConfigurationError when there is none."""


class RejectedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a message that is not a reading, while other records of the message may be good.

    Attributes:
        device: device of the topic; "" when the topic names none.
        name: name of the record, as far as it can be read.
        reason: `malformed` or `name_mismatch`.
        text: one sentence.
        quantity: what it would have measured; None when unknown.
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
        """Decode one message that arrived at `at`; a message that by design carries no reading gives [].

        Raises:
            DecodeError: the message as a whole is not a reading.
        """

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a status message reports its device online; None for any other message."""
