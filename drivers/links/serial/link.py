"""A serial port, read for ever: opened, lost, found again.

One thread a port. On it stands one device that sends by itself, or a bus with devices that are asked. The port is a
device file (best a name of /dev/serial/by-id or by-path, which stays when ttyUSB numbers change),
`socket://host:port` or `rfc2217://host:port`.

    - Opened for us alone (two programs on one port steal each other's bytes), with DTR and RTS off (an Arduino or an
      indicator that DTR resets takes its tare anew, with the load on).
    - Lost: one line down, tried again every second, one line up (drivers/links/serial/loss_reports.py). What had begun
      to arrive is forgotten: half a frame never joins half of another.
    - Deaf: open, and nothing has come for three times as long as it may. It is closed and opened anew, by its name: an
      adapter that hangs wakes up, one that came back under another number is found.
    - The intake is full: the port is left alone. The kernel keeps 4 KiB; when that was not enough the gap is told as
      `overrun`, and what it kept is thrown away, since nothing says when it was sent.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from drivers.bus.bus import SLOWEST, TIMEOUT, BusStatistics
from drivers.contract import (
    ArrivalQueue,
    BusDriver,
    Clock,
    LinkChange,
    Readings,
    ScaleCommand,
    SerialSettings,
    StreamDriver,
    Trouble,
)
from drivers.errors import ConfigurationError, LinkError
from drivers.links.serial.loss_reports import LinkReport, LossReports
from drivers.links.serial.port import Port
from drivers.links.serial.port_names import better_name
from drivers.links.serial.turns import DEAF_AFTER, BusPoller, PortTurns, StreamListener, is_reading
from drivers.reading import Reading

OnPort = tuple[str, int | None, StreamDriver | BusDriver]
"""Device id, period, driver. The period is in microseconds of the gateway's clock: of a bus, between questions; of a
stream, within which something is expected, None for a device that sends when a key is pressed."""

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
        deaf_after: real seconds of silence until a port is opened anew, at the earliest.

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
        intake: ArrivalQueue,
        clock: Clock,
        timeout: float = TIMEOUT,
        slowest: float = SLOWEST,
        deaf_after: float = DEAF_AFTER,
    ) -> None:
        self.name = name
        self.last_beat = time.monotonic()
        self._port = Port(port, settings)
        listen = partial(StreamListener, settings=settings, clock=clock, deaf_after=deaf_after)
        ask = partial(
            BusPoller, settings=settings, clock=clock, deaf_after=deaf_after, timeout=timeout, slowest=slowest
        )
        self._turns = _turns(port, drivers, listen, ask)
        self._intake = intake
        self._clock = clock
        self._stopping = threading.Event()
        self._news = LossReports()

    @property
    def statistics(self) -> Mapping[str, BusStatistics]:
        """What became of the questions, by device; nothing for a device that sends by itself."""
        return self._turns.statistics if isinstance(self._turns, BusPoller) else {}

    def commands(self, device: str) -> frozenset[ScaleCommand]:
        """What a device on this port can be told; nothing for one that is no scale, or sends by itself."""
        return self._turns.commands(device) if isinstance(self._turns, BusPoller) else frozenset()

    def order(self, device: str, command: ScaleCommand) -> None:
        """Have a scale set its zero or take its tare within its next turn; what it refuses comes as `Trouble`.

        Raises:
            ConfigurationError: it has no such command.
            LinkError: it cannot be reached now; a command never waits for a port to come back.
        """
        if not isinstance(self._turns, BusPoller) or command not in self.commands(device):
            raise ConfigurationError(f"{device} cannot be told to {command}: press the key on the scale")
        if not self._news.is_up:
            raise LinkError(f"{device} cannot be reached now: port {self._port.where} is lost or deaf")
        self._turns.order(device, command)

    def stop(self) -> None:
        """Let `run` return soon."""
        self._stopping.set()

    def run(self) -> None:
        """Read until `stop`; the port's failures end nothing."""
        while not self._stopping.is_set():
            self.last_beat = time.monotonic()
            try:
                self._port.open()
                self._say(self._news.opened(_opened(self._port.where), self.last_beat))
                self._read()
            except LinkError as error:
                self._say(self._news.lost(f"{error}; trying again every second", time.monotonic()))
            self._port.close()
            self._turns.reset()
            self._stopping.wait(REOPEN_EVERY)

    def _read(self) -> None:
        """Read until `stop`, or until the port is deaf."""
        read_at = time.monotonic()
        while not self._stopping.is_set():
            self.last_beat = now = time.monotonic()
            if self._intake.full:
                self._stopping.wait(FULL_TURN)
                continue
            if now - read_at > self._turns.patience:
                self._put(self._turns.left_alone(self._port, now - read_at))
            results = self._turns.turn(self._port)
            byte = self._turns.ear.silent_since >= now
            self._say(self._news.came(now, byte=byte, reading=any(is_reading(each) for each in results)))
            self._put(results)
            if (silence := self._turns.ear.deaf_for()) is not None:
                self._call_deaf(silence)
                return
            read_at = now

    def _call_deaf(self, silence: float) -> None:
        where, why = self._port.where, self._turns.nothing_came
        text = f"port {where} is open, but nothing has come for {silence:.0f} s: {why} It is opened anew"
        self._say(self._news.lost(text, time.monotonic(), deaf=True))
        self._intake.put(Trouble(device=self.name, kind="deaf", text=text, at=self._clock.now()))

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

    def _say(self, news: LinkReport | None) -> None:
        if news is None:
            return
        _log.log(logging.INFO if news.up else logging.WARNING, "%s: %s", self.name, news.text)
        self._intake.put(LinkChange(link=self.name, up=news.up, text=news.text, at=self._clock.now()))


def _opened(where: str) -> str:
    better = better_name(where)
    advice = "" if better is None else f"; its number may change: write port: {better}"
    return f"port {where} is open{advice}"


def _turns(
    port: str, drivers: Sequence[OnPort], listen: Callable[..., StreamListener], ask: Callable[..., BusPoller]
) -> PortTurns:
    streams = [each for each in drivers if isinstance(each[2], StreamDriver)]
    asked = [(driver, every) for _, every, driver in drivers if not isinstance(driver, StreamDriver)]
    if len(streams) == 1 and not asked:
        return listen(*streams[0])
    if streams or not asked:
        devices = ", ".join(device for device, _, _ in drivers) or "no device"
        raise ConfigurationError(f"port {port} has {devices}: one that sends by itself, or only devices that are asked")
    return ask(asked)
