"""Name what can go wrong between a device and a reading.

    DriverError
    ├── ConfigurationError   the settings cannot work: whoever wrote them must correct them
    ├── LinkError            the cable, the port or the broker failed
    │   └── LineSettingsError    the port is there, but does not accept these settings
    └── DecodeError          the device sent bytes that are not a reading

Facts are attributes. The text is one sentence that names the device, the fault and the remedy.
"""

from drivers.reading import Reason


class DriverError(Exception):
    """Base class of all errors of this package."""


class ConfigurationError(DriverError):
    """The settings of a driver or a link cannot work."""


class LinkError(DriverError):
    """A port or a broker cannot be opened, read or written."""


class LineSettingsError(LinkError):
    """A port does not support a speed or a parity, as with a pseudo-terminal, a bridge or a simple adapter."""


class DecodeError(DriverError):
    """A frame or a message is not a reading.

    Attributes:
        reason: the fault, in one word.
        raw: the bytes.
    """

    def __init__(self, message: str, *, reason: Reason = Reason.MALFORMED, raw: bytes = b"") -> None:
        super().__init__(message)
        self.reason = reason
        self.raw = raw
