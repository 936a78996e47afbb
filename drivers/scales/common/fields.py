"""Read text fields of a frame, and build the errors of a bad frame. Nothing is repaired."""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.reading import Reason

# for patterns: a decimal number without its sign, and a unit
NUMBER = r"[0-9]+(?:\.[0-9]+)?"
UNIT = r"[A-Za-z]+|%"


def line_of(frame: bytes, name: str) -> str:
    """Return the text of a line without its line end.

    Raises:
        DecodeError: a byte is not ASCII.
    """
    try:
        return frame.decode("ascii").rstrip("\r\n")
    except UnicodeDecodeError:
        raise no_frame(frame, name) from None


def signed(sign: str, number: str) -> Decimal:
    """Join a sign and a number without the blanks around them."""
    return Decimal(sign.strip() + number.strip())


def no_frame(frame: bytes, name: str) -> DecodeError:
    """Build the error for bytes that are not a frame of a protocol."""
    return DecodeError(f"{frame[:64]!r} is no {name} frame", reason=Reason.FRAMING, raw=frame)


def wrong_checksum(frame: bytes, name: str) -> DecodeError:
    """Build the error for a frame with a wrong checksum."""
    return DecodeError(f"{frame[:64]!r} is a {name} frame with a wrong checksum", reason=Reason.CHECKSUM, raw=frame)
