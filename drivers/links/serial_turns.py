"""What is done on an open serial port, turn by turn: listen to one device, or ask the devices of a bus."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from drivers.contract import BusDriver, Clock, SerialSettings, StreamDriver, Trouble
from drivers.links.serial_port import MOST_READ, Port
from drivers.probes.bus import SLOWEST, TIMEOUT, Bus, Statistics
from drivers.reading import Reading

LISTEN_TURN = 0.05  # seconds without a byte after which a turn ends
ASK_TURN = 0.02  # so fine is the polling period
CUT = 1.0  # silence inside a frame: the cable was out, what follows is another frame
ASK_EVERY = 10_000_000  # microseconds


class Turns(Protocol):
    """What is done on a port.

    Attributes:
        patience: seconds that the port may be left alone.
        heard_at: `time.monotonic()` of the last byte, for a watchdog.
    """

    patience: float
    heard_at: float

    def turn(self, port: Port) -> Sequence[Reading | Trouble]:
        """Do one turn; takes some hundredths of a second at most. Raises LinkError."""

    def left_alone(self, port: Port, seconds: float) -> Sequence[Trouble]:
        """The port was not read for longer than `patience`. Raises LinkError."""

    def reset(self) -> None:
        """The port was lost; what comes now is a new beginning."""


class Listener:
    """Listens to one device that sends by itself."""

    def __init__(self, device: str, driver: StreamDriver, settings: SerialSettings, clock: Clock) -> None:
        self.patience = MOST_READ * settings.character_bits / settings.baud
        self.heard_at = time.monotonic()
        self._device = device
        self._driver = driver
        self._clock = clock

    def turn(self, port: Port) -> Sequence[Reading | Trouble]:
        chunk = port.read(LISTEN_TURN)
        at, now = self._clock.now(), time.monotonic()
        if chunk:
            self.heard_at = now
            return self._driver.receive_data(chunk, at)
        if now - self.heard_at > CUT:
            self._driver.reset()
        return []

    def left_alone(self, port: Port, seconds: float) -> Sequence[Trouble]:
        port.discard()
        self._driver.reset()
        text = f"{self._device} was not read for {seconds:.0f} s and lost frames: the gateway is overloaded"
        return [Trouble(device=self._device, kind="overrun", text=text, at=self._clock.now())]

    def reset(self) -> None:
        self._driver.reset()


class Asker:
    """Asks the devices of a bus, each in its own period of the gateway's clock."""

    def __init__(
        self,
        drivers: Iterable[tuple[BusDriver, int | None]],
        settings: SerialSettings,
        clock: Clock,
        *,
        timeout: float = TIMEOUT,
        slowest: float = SLOWEST,
    ) -> None:
        periods = [(driver, (every or ASK_EVERY) / 1e6) for driver, every in drivers]
        self.patience = slowest
        self.heard_at = time.monotonic()
        self._bus = Bus([driver for driver, _ in periods], baud=settings.baud, timeout=timeout, slowest=slowest)
        self._periods = {driver.device: period for driver, period in periods}
        self._due_at = dict.fromkeys(self._periods, clock.monotonic())
        self._clock = clock

    @property
    def statistics(self) -> Mapping[str, Statistics]:
        return self._bus.statistics

    def turn(self, port: Port) -> Sequence[Reading | Trouble]:
        self._take_turns()
        if (question := self._bus.next_request(time.monotonic())) is not None:
            port.write(question)
        wait = self._bus.wait(time.monotonic())
        chunk = port.read(ASK_TURN if wait is None else min(wait, ASK_TURN))
        at, now = self._clock.now(), time.monotonic()
        if chunk:
            self.heard_at = now
        return self._bus.receive_data(chunk, at, now)

    def left_alone(self, port: Port, seconds: float) -> Sequence[Trouble]:  # noqa: ARG002 - nothing is lost that was not asked
        port.discard()
        self._bus.reset()
        return []

    def reset(self) -> None:
        self._bus.reset()

    def _take_turns(self) -> None:
        now = self._clock.monotonic()
        for device, due_at in self._due_at.items():
            if now >= due_at:
                self._bus.due(device)
                period = self._periods[device]
                # Turns that were missed are not made up for.
                self._due_at[device] = due_at + period if due_at + period > now else now + period
