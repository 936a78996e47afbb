"""What can go wrong between a device and a reading.

    DriverError
    ├── ConfigurationError   the settings cannot work: the person who wrote them
    ├── LinkError            the cable, the port or the broker
    │   └── LineSettingsError    the port is there, but cannot be set so
    └── DecodeError          the device sent something that is no reading

Facts are attributes; the text is one sentence that names the device, what is wrong and the remedy.
"""

from drivers.reading import Reason


class DriverError(Exception):
    """Root of all errors of this package."""


class ConfigurationError(DriverError):
    """A driver or a link was given settings that it cannot work with."""


class LinkError(DriverError):
    """A port or broker cannot be opened, read or written."""


class LineSettingsError(LinkError):
    """A port does not know a speed or a parity: a pseudo-terminal, a bridge, a plain adapter."""


class DecodeError(DriverError):
    """A frame or message that is no reading."""

    def __init__(self, message: str, *, reason: Reason = Reason.MALFORMED, raw: bytes = b"") -> None:
        super().__init__(message)
        self.reason = reason
        self.raw = raw
