"""Read a serial port for ever, and reopen it when it is lost.

One thread serves one port. The port carries one device that sends by itself, or a bus with devices that are polled. It
is a device file (best a name of /dev/serial/by-id or by-path, which stays when ttyUSB numbers change),
`socket://host:port` or `rfc2217://host:port`.

    - Open: exclusively, since two programs on one port steal each other's bytes. DTR and RTS are off: an Arduino or an
      indicator that DTR resets would take its tare anew, with the load on it.
    - Lost: one line down in the log, a new attempt every second, one line up (loss_reports.py). The unfinished frame is
      dropped: half a frame never joins half of another.
    - Deaf: open, but silent for three times as long as it may be. The port is closed and opened again by its name: an
      adapter that hangs wakes up, and one that came back under another number is found.
    - Queue full: the port is not read. The kernel keeps 4 KiB. When that was not enough, the gap is reported as
      `overrun` and the backlog is dropped, since nobody knows when it was sent.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.bus.bus import SLOWEST, TIMEOUT
from drivers.bus.station import BusStatistics
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
from drivers.links.serial.bus_poller import BusPoller
from drivers.links.serial.loss_reports import LinkReport, LossReports
from drivers.links.serial.port import Port
from drivers.links.serial.port_names import better_name
from drivers.links.serial.silence import DEAF_AFTER
from drivers.links.serial.stream_listener import StreamListener
from drivers.links.serial.turns import PortTurns, is_reading
from drivers.reading import Reading

OnPort = tuple[str, int | None, StreamDriver | BusDriver]
"""Device id, period, driver. The period is in microseconds of the gateway's clock: on a bus, the time between polls; of
a stream, the time within which a frame is expected, None for a device that sends when a key is pressed."""

REOPEN_EVERY = 1.0
FULL_TURN = 0.02

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortTimes:
    """Time limits of a port, in real seconds.

    Attributes:
        timeout: after a request, until it counts as not answered.
        slowest: after a request, until no response to it can arrive any more.
        deaf_after: of silence, until the port is opened again, at the earliest.
    """

    timeout: float = TIMEOUT
    slowest: float = SLOWEST
    deaf_after: float = DEAF_AFTER


USUAL_TIMES = PortTimes()


class SerialLink:
    """Puts what arrives on a port into the queue. `run` is the target of a thread; `stop` may be called from any.

    Attributes:
        name: of the link, in LinkChange and in the log.
        last_beat: `time.monotonic()` of the loop's last turn, for a watchdog. It turns many times a second, but
            opening `socket://` or `rfc2217://` may take 10 seconds.

    Args:
        name: see above.
        port: device file or address.
        settings: speed and format.
        drivers: one StreamDriver, or BusDrivers, which share the port.
        intake: queue for readings.
        clock: the gateway's.
        times: time limits.

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
        times: PortTimes = USUAL_TIMES,
    ) -> None:
        self.name = name
        self.last_beat = time.monotonic()
        self._port = Port(port, settings)
        self._turns = _turns(port, settings, drivers, clock, times)
        self._intake = intake
        self._clock = clock
        self._stopping = threading.Event()
        self._reports = LossReports()

    @property
    def statistics(self) -> Mapping[str, BusStatistics]:
        """Counts of the requests, by device; empty for a device that sends by itself."""
        return self._turns.statistics if isinstance(self._turns, BusPoller) else {}

    def commands(self, device: str) -> frozenset[ScaleCommand]:
        """Return the commands that a device obeys; none for a probe, or a scale that sends by itself."""
        return self._turns.commands(device) if isinstance(self._turns, BusPoller) else frozenset()

    def order(self, device: str, command: ScaleCommand) -> None:
        """Send a command to a scale in its next turn; a refusal arrives as `Trouble`.

        Raises:
            ConfigurationError: the scale has no such command.
            LinkError: the scale cannot be reached now; a command never waits for a port to come back.
        """
        if not isinstance(self._turns, BusPoller) or command not in self.commands(device):
            raise ConfigurationError(f"{device} cannot be told to {command}: press the key on the scale")
        if not self._reports.is_up:
            raise LinkError(f"{device} cannot be reached now: port {self._port.where} is lost or deaf")
        self._turns.order(device, command)

    def stop(self) -> None:
        """Make `run` return soon."""
        self._stopping.set()

    def run(self) -> None:
        """Read until `stop`, whatever happens to the port."""
        while not self._stopping.is_set():
            self.last_beat = time.monotonic()
            try:
                self._port.open()
                self._report(self._reports.opened(_opened(self._port.where), self.last_beat))
                self._read()
            except LinkError as error:
                self._report(self._reports.lost(f"{error}; trying again every second", time.monotonic()))
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
                self._put(self._turns.skip_backlog(self._port))
            results = self._turns.take_turn(self._port)
            byte = self._turns.silence.since >= now
            reading = any(is_reading(result) for result in results)
            self._report(self._reports.turned(now, byte=byte, reading=reading))
            self._put(results)
            if (silence := self._turns.silence.overdue()) is not None:
                self._report_deaf(silence)
                return
            read_at = now

    def _report_deaf(self, silence: float) -> None:
        where, hint = self._port.where, self._turns.silence_hint
        text = f"port {where} is open, but nothing has come for {silence:.0f} s: {hint} It is opened anew"
        self._report(self._reports.lost(text, time.monotonic(), deaf=True))
        self._intake.put(Trouble(device=self.name, kind="deaf", text=text, at=self._clock.now()))

    def _put(self, results: Sequence[Reading | Trouble]) -> None:
        """Queue the results in order; neighbouring readings of one device go together."""
        at = self._clock.now()
        run: list[Reading] = []
        for result in results:
            if run and (isinstance(result, Trouble) or result.device != run[0].device):
                self._intake.put(Readings(run[0].device, run, at))
                run = []
            if isinstance(result, Trouble):
                self._intake.put(result)
            else:
                run.append(result)
        if run:
            self._intake.put(Readings(run[0].device, run, at))

    def _report(self, report: LinkReport | None) -> None:
        if report is None:
            return
        _log.log(logging.INFO if report.up else logging.WARNING, "%s: %s", self.name, report.text)
        self._intake.put(LinkChange(link=self.name, up=report.up, text=report.text, at=self._clock.now()))


def _opened(where: str) -> str:
    better = better_name(where)
    advice = "" if better is None else f"; its number may change: write port: {better}"
    return f"port {where} is open{advice}"


def _turns(port: str, settings: SerialSettings, drivers: Sequence[OnPort], clock: Clock, times: PortTimes) -> PortTurns:
    streams = [(device, every, driver) for device, every, driver in drivers if isinstance(driver, StreamDriver)]
    polled = [(driver, every) for _, every, driver in drivers if not isinstance(driver, StreamDriver)]
    if len(streams) == 1 and not polled:
        return StreamListener(*streams[0], settings, clock, deaf_after=times.deaf_after)
    if streams or not polled:
        devices = ", ".join(device for device, _, _ in drivers) or "no device"
        raise ConfigurationError(f"port {port} has {devices}: one that sends by itself, or only devices that are asked")
    return BusPoller(polled, settings, clock, timeout=times.timeout, slowest=times.slowest, deaf_after=times.deaf_after)
