"""Explain bytes that hold no frame: which setting of the port is wrong, and what to try.

    text                    the speed is right, the driver is wrong
    seven bits + parity     the driver itself explains it (drivers.framing.read_as_eight_bits)
    anything else           speed or format is wrong: a UART that samples at the wrong moments receives noise, and
                            wrong stop bits, which the kernel counts

Pure: `now` is in seconds of any zero that only grow.
"""

from drivers.contract import SerialSettings
from drivers.framing import read_as_eight_bits

ENOUGH = 48  # bytes: two frames of any scale
WITHIN = 5.0  # seconds; power-up noise is over sooner
REPEAT_AFTER = 60.0
MOST_KEPT = 256
SHOWN = 24
USUAL = "9600, 4800, 2400, 1200 or 19200 with 8N1, 7E1 or 8N2"
REMEDY = "mbg-gateway devices --probe finds what it is"


def spell(settings: SerialSettings) -> str:
    """Write settings as manuals do: 9600 8N1."""
    return f"{settings.baud} {settings.bytesize}{settings.parity[0].upper()}{settings.stopbits}"


def explain(run: bytes, settings: SerialSettings, *, bad_stops: int = 0) -> str | None:
    """Explain why bytes hold no frame; None when the driver explains it better.

    Args:
        run: the bytes received.
        settings: of the port.
        bad_stops: wrong stop bits that the kernel counted; 0 where it does not count them.
    """
    if bad_stops:
        return f"{bad_stops} bytes had no stop bit: {spell(settings)} is not its speed, usual are {USUAL}; {REMEDY}"
    if read_as_eight_bits(run) is not None:
        return None
    if all(0x20 <= byte < 0x7F or byte in b"\r\n\t\x02\x03" for byte in run):
        return f"text comes, such as {run[-SHOWN:]!r}, that this driver does not know: the driver is another; {REMEDY}"
    return f"{len(run)} bytes and no frame: {spell(settings)} may be wrong, usual are {USUAL}; {REMEDY}"


class LineDiagnosis:
    """Collects the bytes since the last reading, and explains them when there are enough."""

    def __init__(self, device: str, settings: SerialSettings) -> None:
        self.device = device
        self._settings = settings
        self._run = b""
        self._since = self._explained_at = 0.0

    def reset(self) -> None:
        """Forget the bytes: a reading arrived, or the line is a new one."""
        self._run = b""

    def add(self, chunk: bytes, now: float, *, bad_stops: int = 0) -> str | None:
        """Add bytes that gave no reading; return the explanation when one is due, at most once a minute."""
        if not chunk:
            return None
        if not self._run:
            self._since = now
            self._explained_at = now - REPEAT_AFTER
        self._run = (self._run + chunk)[-MOST_KEPT:]
        if len(self._run) < ENOUGH or now - self._since < WITHIN or now - self._explained_at < REPEAT_AFTER:
            return None
        self._explained_at = now
        explanation = explain(self._run, self._settings, bad_stops=bad_stops)
        return None if explanation is None else f"{self.device}: {explanation}"
