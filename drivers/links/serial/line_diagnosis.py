"""Bytes come, and no frame is among them: what is wrong with the settings of the port, and what to try.

    text comes          the speed is right, the driver is another
    seven bits + parity the driver says so itself (drivers.framing.read_as_eight_bits)
    anything else       speed or format is wrong: a UART that samples at the wrong moments hears noise, and stop bits
                        that are none, which the kernel counts

Pure: `now` is in seconds of any zero that only grows.
"""

from drivers.contract import SerialSettings
from drivers.framing import read_as_eight_bits

ENOUGH = 48  # bytes: two frames of any scale
WITHIN = 5.0  # seconds; the noise of a power-up is over sooner
SAY_AGAIN_AFTER = 60.0
MOST_KEPT = 256
SHOWN = 24
USUAL = "9600, 4800, 2400, 1200 or 19200 with 8N1, 7E1 or 8N2"
REMEDY = "mbg-gateway devices --probe finds what it is"


def spell(settings: SerialSettings) -> str:
    """Write settings as manuals do: 9600 8N1."""
    return f"{settings.baud} {settings.bytesize}{settings.parity[0].upper()}{settings.stopbits}"


def explain(run: bytes, settings: SerialSettings, *, bad_stops: int = 0) -> str | None:
    """Say why bytes hold no frame; None when the driver knows better.

    Args:
        run: what came.
        settings: of the port.
        bad_stops: stop bits that were none, counted by the kernel; 0 where it does not count.
    """
    if bad_stops:
        return f"{bad_stops} bytes had no stop bit: {spell(settings)} is not its speed, usual are {USUAL}; {REMEDY}"
    if read_as_eight_bits(run) is not None:
        return None
    if all(0x20 <= byte < 0x7F or byte in b"\r\n\t\x02\x03" for byte in run):
        return f"text comes, such as {run[-SHOWN:]!r}, that this driver does not know: the driver is another; {REMEDY}"
    return f"{len(run)} bytes and no frame: {spell(settings)} may be wrong, usual are {USUAL}; {REMEDY}"


class LineDiagnosis:
    """Grows with every byte that belongs to no reading, and ends with the first that does."""

    def __init__(self, device: str, settings: SerialSettings) -> None:
        self.device = device
        self._settings = settings
        self._run = b""
        self._since = self._said_at = 0.0

    def reset(self) -> None:
        """The line is new, or speaks."""
        self._run = b""

    def heard(self, chunk: bytes, now: float, *, bad_stops: int = 0) -> str | None:
        """Take what came and gave no reading; say what is wrong when it is time to."""
        if not chunk:
            return None
        if not self._run:
            self._since = now
            self._said_at = now - SAY_AGAIN_AFTER
        self._run = (self._run + chunk)[-MOST_KEPT:]
        if len(self._run) < ENOUGH or now - self._since < WITHIN or now - self._said_at < SAY_AGAIN_AFTER:
            return None
        self._said_at = now
        why = explain(self._run, self._settings, bad_stops=bad_stops)
        return None if why is None else f"{self.device}: {why}"
