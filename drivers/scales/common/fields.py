"""What stands in the fields of a frame, and the errors of a frame that is none. Nothing is repaired."""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.reading import Reason

# for patterns: a decimal number without its sign, and what may stand for a unit
NUMBER = r"[0-9]+(?:\.[0-9]+)?"
UNIT = r"[A-Za-z]+|%"


def line_of(frame: bytes, name: str) -> str:
    """Give the text of a line without its end.

    Raises:
        DecodeError: a byte is no ASCII.
    """
    try:
        return frame.decode("ascii").rstrip("\r\n")
    except UnicodeDecodeError:
        raise no_frame(frame, name) from None


def signed(sign: str, number: str) -> Decimal:
    """Join a sign and a number, whatever blanks stand around them."""
    return Decimal(sign.strip() + number.strip())


def no_frame(frame: bytes, name: str) -> DecodeError:
    """Build the error of bytes that are no frame of a protocol."""
    return DecodeError(f"{frame[:64]!r} is no {name} frame", reason=Reason.FRAMING, raw=frame)


def wrong_checksum(frame: bytes, name: str) -> DecodeError:
    """Build the error of a frame that was damaged on its way."""
    return DecodeError(f"{frame[:64]!r} is a {name} frame with a wrong checksum", reason=Reason.CHECKSUM, raw=frame)
