"""Open, read and write one serial port by pyserial; name the remedy in every error."""

import errno
import fcntl
import select
import struct
import termios

import serial

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError, LineSettingsError, LinkError

TIOCGICOUNT = 0x545D  # linux/serial.h: struct serial_icounter_struct, twenty ints
BAD_STOPS = 6  # index of `frame` in it
MOST_READ = 4096  # bytes that the kernel keeps for a port
WRITE_WITHIN = 1.0
POLL_WITHIN = 0.02  # seconds, for a port that select cannot wait for (rfc2217)
PARITIES = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
REMEDIES = {
    errno.ENOENT: "it is not there: plug its adapter in, or correct the port (mbg-gateway devices lists them)",
    errno.ENODEV: "its adapter is gone: plug it in again",
    errno.ENXIO: "its adapter is gone: plug it in again",
    errno.EACCES: "this user may not open it: add the user to the group dialout",
    errno.EPERM: "this user may not open it: add the user to the group dialout",
    errno.EBUSY: "another program holds it: stop that one",
    errno.EAGAIN: "another program holds it: stop that one",
    errno.EIO: "its adapter does not answer: plug it out and in again",
    errno.ECONNREFUSED: "nothing listens there: check address and port number",
    errno.EHOSTUNREACH: "the host cannot be reached: check the network",
}


class Port:
    """A port of the machine or of the network.

    Args:
        where: device file, socket://host:port or rfc2217://host:port.
        settings: speed and format.

    Raises:
        ConfigurationError: pyserial does not know the address or a setting.
    """

    def __init__(self, where: str, settings: SerialSettings) -> None:
        self.where = where
        remote = "://" in where
        try:
            self._serial = serial.serial_for_url(
                where,
                do_not_open=True,
                baudrate=settings.baud,
                bytesize=settings.bytesize,
                parity=PARITIES[settings.parity],
                stopbits=settings.stopbits,
                timeout=0,
                write_timeout=None if remote else WRITE_WITHIN,
                exclusive=None if remote else True,
            )
        except ValueError as error:
            raise ConfigurationError(f"port {where}: {error}") from error
        self._serial.dtr = False
        self._serial.rts = False
        self._is_socket = where.startswith("socket://")
        self._selectable = False
        self._bad_stops_before = 0

    def open(self) -> None:
        """Open the port.

        Raises:
            LinkError: it cannot be opened; the text names the remedy.
        """
        try:
            self._serial.open()
            self._selectable = _is_selectable(self._serial)
            self._serial.timeout = 0 if self._selectable else POLL_WITHIN
            self._bad_stops_before = self._count_bad_stops()
        except (OSError, termios.error, ValueError) as error:
            raise LinkError(f"port {self.where}: {_remedy(error)}") from error

    def apply(self, settings: SerialSettings) -> None:
        """Change the settings of the open port, since closing and opening it would toggle DTR.

        Raises:
            LinkError: the port is lost.
            LineSettingsError: the port does not accept these settings.
        """
        try:
            self._serial.baudrate = settings.baud
            self._serial.bytesize = settings.bytesize
            self._serial.parity = PARITIES[settings.parity]
            self._serial.stopbits = settings.stopbits
        except (OSError, termios.error, ValueError) as error:
            if isinstance(error, ValueError) or error.args[:1] == (errno.EINVAL,):
                line = f"{settings.baud} baud, parity {settings.parity}"
                raise LineSettingsError(f"port {self.where} cannot be set to {line}") from error
            raise LinkError(f"port {self.where}: {_remedy(error)}") from error

    def read(self, within: float) -> bytes:
        """Return the bytes received, at once; b"" when none arrive `within` seconds.

        Raises:
            LinkError: the port is lost.
        """
        try:
            if self._selectable and not self._has_bytes(within):
                return b""
            return self._read_socket() if self._is_socket else bytes(self._serial.read(MOST_READ))
        except (OSError, termios.error) as error:
            raise LinkError(f"port {self.where} is lost: {_remedy(error)}") from error

    def _has_bytes(self, within: float) -> bool:
        return bool(select.select([self._serial], [], [], within)[0])

    def _read_socket(self) -> bytes:
        """Read byte by byte, since pyserial drops the bytes of the call in which the far end hangs up."""
        chunk = bytes(self._serial.read(1))
        while len(chunk) < MOST_READ and self._has_bytes(0):
            try:
                chunk += self._serial.read(1)
            except OSError:
                break  # the next call raises it again
        return chunk

    def write(self, frame: bytes) -> None:
        """Send a frame.

        Raises:
            LinkError: the port is lost.
        """
        try:
            self._serial.write(frame)
        except (OSError, termios.error) as error:
            raise LinkError(f"port {self.where} is lost: {_remedy(error)}") from error

    def discard(self) -> None:
        """Drop the bytes that were received and not read.

        Raises:
            LinkError: the port is lost.
        """
        try:
            self._serial.reset_input_buffer()
        except (OSError, termios.error) as error:
            raise LinkError(f"port {self.where} is lost: {_remedy(error)}") from error

    def bad_stops(self) -> int:
        """Return the number of bytes since `open` with a wrong stop bit (another speed, or noise); 0 if uncounted."""
        return self._count_bad_stops() - self._bad_stops_before

    def _count_bad_stops(self) -> int:
        if not self._selectable or self._is_socket:
            return 0
        try:
            counts = fcntl.ioctl(self._serial.fileno(), TIOCGICOUNT, bytes(80))
        except OSError:
            return 0  # not every kernel driver counts, and a pseudo-terminal has no bits
        return int(struct.unpack("20i", counts)[BAD_STOPS])

    def close(self) -> None:
        """Close the port, also when it is closed or lost already."""
        self._serial.close()


def _is_selectable(port: serial.SerialBase) -> bool:
    try:
        return isinstance(port.fileno(), int)
    except OSError:
        return False


def _remedy(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    if number in REMEDIES:
        return REMEDIES[number]
    if "returned no data" in str(error):
        return "its adapter is gone, or another program reads the same port"
    return f"{error}: check cable and adapter"
