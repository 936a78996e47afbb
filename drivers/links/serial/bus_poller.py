"""Poll the devices of a bus, each in its own period of the gateway's clock."""

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from drivers.bus.bus import SLOWEST, TIMEOUT, Bus
from drivers.bus.station import BusStatistics
from drivers.contract import BusDriver, Clock, ScaleCommand, ScaleDriver, SerialSettings, Trouble
from drivers.links.serial.line_diagnosis import LineDiagnosis
from drivers.links.serial.port import Port
from drivers.links.serial.silence import DEAF_AFTER, DEAF_PERIODS, SilenceTimer
from drivers.links.serial.turns import diagnose
from drivers.reading import Reading

TURN = 0.02  # seconds; the periods of polling are kept as exactly as this
POLL_EVERY = 10_000_000  # microseconds


class BusPoller:
    """Polls the devices of one bus, and sends commands to its scales."""

    silence_hint = "nobody answers: is the power on, are the wires in their terminals?"

    def __init__(
        self,
        drivers: Iterable[tuple[BusDriver, int | None]],
        settings: SerialSettings,
        clock: Clock,
        *,
        timeout: float = TIMEOUT,
        slowest: float = SLOWEST,
        deaf_after: float = DEAF_AFTER,
    ) -> None:
        periods = [(driver, (every or POLL_EVERY) / 1e6) for driver, every in drivers]
        self.patience = slowest
        expected = None if _all_may_be_silent(periods) else max(period for _, period in periods)
        self.silence = SilenceTimer(expected, clock, max(deaf_after, DEAF_PERIODS * slowest))
        self._diagnosis = LineDiagnosis(periods[0][0].device, settings)
        self._bus = Bus([driver for driver, _ in periods], baud=settings.baud, timeout=timeout, slowest=slowest)
        self._periods = {driver.device: period for driver, period in periods}
        self._due_at = dict.fromkeys(self._periods, clock.monotonic())
        self._scales = {driver.device: driver for driver, _ in periods if isinstance(driver, ScaleDriver)}
        self._orders: deque[tuple[str, ScaleCommand]] = deque()
        self._clock = clock

    @property
    def statistics(self) -> Mapping[str, BusStatistics]:
        return self._bus.statistics

    def commands(self, device: str) -> frozenset[ScaleCommand]:
        """Return the commands that a device obeys."""
        return self._scales[device].commands if device in self._scales else frozenset()

    def order(self, device: str, command: ScaleCommand) -> None:
        """Queue a command for a scale's next turn; safe from any thread."""
        self._orders.append((device, command))

    def take_turn(self, port: Port) -> Sequence[Reading | Trouble]:
        self._take_orders()
        self._schedule_due()
        if (request := self._bus.next_request(time.monotonic())) is not None:
            port.write(request)
        wait = self._bus.seconds_to_wait(time.monotonic())
        chunk = port.read(TURN if wait is None else min(wait, TURN))
        if chunk:
            self.silence.restart()
        results = self._bus.receive_data(chunk, self._clock.now(), time.monotonic())
        return [*results, *diagnose(self._diagnosis, chunk, results, port, self._clock)]

    def skip_backlog(self, port: Port) -> Sequence[Trouble]:
        """Drop late responses. Nothing is lost: whatever was not requested was not sent."""
        port.discard()
        self._bus.reset()
        self.silence.restart()
        return []

    def reset(self) -> None:
        """Start anew. Waiting commands are dropped: the scale may come back with a load on it."""
        self._orders.clear()
        self._bus.reset()
        self._diagnosis.reset()
        self.silence.restart()

    def _take_orders(self) -> None:
        while self._orders:
            device, command = self._orders.popleft()
            scale = self._scales[device]
            match command:
                case "zero":
                    scale.zero()
                case "tare":
                    scale.tare()
            self._due_at[device] = self._clock.monotonic()

    def _schedule_due(self) -> None:
        now = self._clock.monotonic()
        for device, due_at in self._due_at.items():
            if now >= due_at:
                self._bus.schedule(device)
                period = self._periods[device]
                # Missed turns are not made up for.
                self._due_at[device] = due_at + period if due_at + period > now else now + period


def _all_may_be_silent(drivers: Iterable[tuple[BusDriver, float]]) -> bool:
    """Whether all devices of the line send nothing while nothing changes."""
    return all(request in driver.silent_requests for driver, _ in drivers for request in driver.requests())
