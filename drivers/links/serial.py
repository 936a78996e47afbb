"""A serial port, read for ever: opened, lost, found again.

One thread a port. On it stands one device that sends by itself, or a bus with devices that are asked. The port is a
device file (best a name of /dev/serial/by-id or by-path, which stays when ttyUSB numbers change),
`socket://host:port` or `rfc2217://host:port`.

    - Opened for us alone (two programs on one port steal each other's bytes), with DTR and RTS off (an Arduino or an
      indicator that DTR resets takes its tare anew, with the load on).
    - Lost: one line down, tried again every second, one line up. What had begun to arrive is forgotten: half a frame
      never joins half of another.
    - The intake is full: the port is left alone. The kernel keeps 4 KiB; when that was not enough the gap is told as
      `overrun`, and what it kept is thrown away, since nothing says when it was sent.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from drivers.contract import BusDriver, Clock, Intake, LinkChange, Readings, SerialSettings, StreamDriver, Trouble
from drivers.errors import ConfigurationError, LinkError
from drivers.links.serial_port import Port
from drivers.links.serial_turns import Asker, Listener, Turns
from drivers.probes.bus import SLOWEST, TIMEOUT, Statistics
from drivers.reading import Reading

OnPort = tuple[str, int | None, StreamDriver | BusDriver]
"""Device id, microseconds of the gateway's clock between questions (None for a stream), driver."""

REOPEN_EVERY = 1.0
FULL_TURN = 0.02

_log = logging.getLogger(__name__)


class SerialLink:
    """Puts what comes from a port into the intake. `run` is the target of a thread; `stop` may be called from any.

    Attributes:
        name: of the link, in LinkChange and in the log.
        last_beat: `time.monotonic()` of the loop's last turn, for a watchdog. It turns many times a second, but
            opening `socket://` or `rfc2217://` may keep it for 10.

    Args:
        name: see above.
        port: where it is.
        settings: speed and format.
        drivers: one StreamDriver, or BusDrivers, which share the port.
        intake: where readings go.
        clock: the gateway's.
        timeout: seconds until a question counts as not answered.
        slowest: seconds after a question when no answer can come any more.

    Raises:
        ConfigurationError: a port, a setting or a choice of drivers that cannot work.
    """

    def __init__(
        self,
        name: str,
        port: str,
        settings: SerialSettings,
        drivers: Sequence[OnPort],
        *,
        intake: Intake,
        clock: Clock,
        timeout: float = TIMEOUT,
        slowest: float = SLOWEST,
    ) -> None:
        self.name = name
        self.last_beat = time.monotonic()
        self._port = Port(port, settings)
        ask = partial(Asker, settings=settings, clock=clock, timeout=timeout, slowest=slowest)
        self._turns = _turns(port, drivers, partial(Listener, settings=settings, clock=clock), ask)
        self._intake = intake
        self._clock = clock
        self._stopping = threading.Event()
        self._up: bool | None = None

    @property
    def statistics(self) -> Mapping[str, Statistics]:
        """What became of the questions, by device; nothing for a device that sends by itself."""
        return self._turns.statistics if isinstance(self._turns, Asker) else {}

    def stop(self) -> None:
        """Let `run` return soon."""
        self._stopping.set()

    def run(self) -> None:
        """Read until `stop`; the port's failures end nothing."""
        while not self._stopping.is_set():
            self.last_beat = time.monotonic()
            try:
                self._port.open()
                self._say(up=True, text=f"port {self._port.where} is open")
                self._read()
            except LinkError as error:
                self._say(up=False, text=f"{error}; trying again every second")
            self._port.close()
            self._turns.reset()
            self._stopping.wait(REOPEN_EVERY)

    def _read(self) -> None:
        read_at = time.monotonic()
        while not self._stopping.is_set():
            self.last_beat = now = time.monotonic()
            if self._intake.full:
                self._stopping.wait(FULL_TURN)
                continue
            if now - read_at > self._turns.patience:
                self._put(self._turns.left_alone(self._port, now - read_at))
            self._put(self._turns.turn(self._port))
            read_at = now

    def _put(self, results: Sequence[Reading | Trouble]) -> None:
        """Hand on in order; neighbouring readings of one device go together."""
        at = self._clock.now()
        run: list[Reading] = []
        for each in results:
            if run and (isinstance(each, Trouble) or each.device != run[0].device):
                self._intake.put(Readings(run[0].device, run, at))
                run = []
            if isinstance(each, Trouble):
                self._intake.put(each)
            else:
                run.append(each)
        if run:
            self._intake.put(Readings(run[0].device, run, at))

    def _say(self, *, up: bool, text: str) -> None:
        if up is self._up:
            return
        self._up = up
        _log.log(logging.INFO if up else logging.WARNING, "%s: %s", self.name, text)
        self._intake.put(LinkChange(link=self.name, up=up, text=text, at=self._clock.now()))


def _turns(port: str, drivers: Sequence[OnPort], listen: Callable[..., Listener], ask: Callable[..., Asker]) -> Turns:
    streams = [(device, driver) for device, _, driver in drivers if isinstance(driver, StreamDriver)]
    asked = [(driver, every) for _, every, driver in drivers if not isinstance(driver, StreamDriver)]
    if len(streams) == 1 and not asked:
        return listen(*streams[0])
    if streams or not asked:
        devices = ", ".join(device for device, _, _ in drivers) or "no device"
        raise ConfigurationError(f"port {port} has {devices}: one that sends by itself, or only Modbus devices")
    return ask(asked)
