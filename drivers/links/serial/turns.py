"""What is done on an open serial port, turn by turn: listen to one device, or ask the devices of a bus.

Both notice what no driver sees: that nothing comes any more (`SilenceTimer`), and that what comes is no frame
(`LineDiagnosis`).
"""

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from drivers.bus.bus import SLOWEST, TIMEOUT, Bus, BusStatistics
from drivers.contract import (
    BusDriver,
    Clock,
    LineDriver,
    ScaleCommand,
    ScaleDriver,
    SerialSettings,
    StreamDriver,
    Trouble,
)
from drivers.links.serial.line_diagnosis import LineDiagnosis
from drivers.links.serial.port import MOST_READ, Port
from drivers.reading import Reading, Reason

LISTEN_TURN = 0.05  # seconds without a byte after which a turn ends
ASK_TURN = 0.02  # so fine is the polling period
CUT = 1.0  # silence inside a frame: the cable was out, what follows is another frame
ASK_EVERY = 10_000_000  # microseconds
DEAF_PERIODS = 3  # two lost readings are a bad cable's ordinary day
DEAF_AFTER = 10.0  # real seconds at least: opening a port anew costs a second, and an adapter wakes up in five


def is_reading(result: Reading | Trouble) -> bool:
    """Tell whether a device has spoken; that it is lost is a reading, too."""
    return isinstance(result, Reading) and result.reason is not Reason.NO_COMMUNICATION


class SilenceTimer:
    """Knows for how long nothing has come, in real seconds and by the gateway's clock, which tests turn faster.

    Args:
        expected: seconds of the clock within which something should come; None: whenever the device likes.
        clock: the gateway's.
        shortest: real seconds that no silence is shorter than.
    """

    def __init__(self, expected: float | None, clock: Clock, shortest: float) -> None:
        self.silent_since = time.monotonic()
        self._expected = expected
        self._clock = clock
        self._shortest = shortest
        self._clock_since = clock.monotonic()

    def hear(self) -> None:
        """Begin to count anew: something came, or the line is a new one."""
        self.silent_since = time.monotonic()
        self._clock_since = self._clock.monotonic()

    def deaf_for(self) -> float | None:
        """Real seconds of a silence that is too long; None while it is not."""
        silence = time.monotonic() - self.silent_since
        if self._expected is None or silence < self._shortest:
            return None
        late = self._clock.monotonic() - self._clock_since > DEAF_PERIODS * self._expected
        return silence if late else None


class PortTurns(Protocol):
    """What is done on a port.

    Attributes:
        patience: seconds that the port may be left alone.
        ear: when the last byte came.
        nothing_came: what to look at when it is deaf.
    """

    patience: float
    ear: SilenceTimer
    nothing_came: str

    def turn(self, port: Port) -> Sequence[Reading | Trouble]:
        """Do one turn; takes some hundredths of a second at most. Raises LinkError."""

    def left_alone(self, port: Port, seconds: float) -> Sequence[Trouble]:
        """The port was not read for longer than `patience`. Raises LinkError."""

    def reset(self) -> None:
        """The port was lost; what comes now is a new beginning."""


class StreamListener:
    """Listens to one device that sends by itself, in its period or, with None, whenever it likes."""

    nothing_came = "is it on, is its cable in, does it send by itself or must it be asked (every: 250ms)?"

    def __init__(
        self,
        device: str,
        every: int | None,
        driver: StreamDriver,
        settings: SerialSettings,
        clock: Clock,
        *,
        deaf_after: float = DEAF_AFTER,
    ) -> None:
        self.patience = MOST_READ * settings.character_bits / settings.baud
        self.ear = SilenceTimer(None if every is None else every / 1e6, clock, deaf_after)
        self._device = device
        self._driver = driver
        self._clock = clock
        self._doubt = LineDiagnosis(device, settings)
        self._read_at = clock.now()
        self._join()

    def turn(self, port: Port) -> Sequence[Reading | Trouble]:
        chunk = port.read(LISTEN_TURN)
        self._read_at = self._clock.now()
        if chunk:
            self.ear.hear()
            results = self._driver.receive_data(chunk, self._read_at)
            return [*results, *_doubts(self._doubt, chunk, results, port, self._clock)]
        if time.monotonic() - self.ear.silent_since > CUT:
            self._driver.reset()
        return []

    def left_alone(self, port: Port, seconds: float) -> Sequence[Trouble]:
        port.discard()
        self._join()
        self.ear.hear()
        text = f"{self._device} was not read for {seconds:.0f} s and lost frames: the gateway is overloaded"
        return [Trouble(device=self._device, kind="overrun", text=text, at=self._clock.now(), since=self._read_at)]

    def reset(self) -> None:
        self._join()
        self._doubt.reset()
        self.ear.hear()

    def _join(self) -> None:
        """What comes next may begin in the middle of a frame."""
        self._driver.reset()
        if isinstance(self._driver, LineDriver):
            self._driver.opened()


class BusPoller:
    """Asks the devices of a bus, each in its own period of the gateway's clock."""

    nothing_came = "nobody answers: is the power on, are the wires in their terminals?"

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
        periods = [(driver, (every or ASK_EVERY) / 1e6) for driver, every in drivers]
        self.patience = slowest
        expected = None if _may_be_silent(periods) else max(period for _, period in periods)
        self.ear = SilenceTimer(expected, clock, max(deaf_after, DEAF_PERIODS * slowest))
        self._doubt = LineDiagnosis(periods[0][0].device, settings)
        self._bus = Bus([driver for driver, _ in periods], baud=settings.baud, timeout=timeout, slowest=slowest)
        self._periods = {driver.device: period for driver, period in periods}
        self._due_at = dict.fromkeys(self._periods, clock.monotonic())
        self._scales = {each.device: each for each, _ in periods if isinstance(each, ScaleDriver)}
        self._orders: deque[tuple[str, ScaleCommand]] = deque()
        self._clock = clock

    @property
    def statistics(self) -> Mapping[str, BusStatistics]:
        return self._bus.statistics

    def commands(self, device: str) -> frozenset[ScaleCommand]:
        """What a device can be told."""
        return self._scales[device].commands if device in self._scales else frozenset()

    def order(self, device: str, command: ScaleCommand) -> None:
        """Tell a scale at its next turn; safe from any thread."""
        self._orders.append((device, command))

    def turn(self, port: Port) -> Sequence[Reading | Trouble]:
        self._take_orders()
        self._take_turns()
        if (question := self._bus.next_request(time.monotonic())) is not None:
            port.write(question)
        wait = self._bus.wait(time.monotonic())
        chunk = port.read(ASK_TURN if wait is None else min(wait, ASK_TURN))
        if chunk:
            self.ear.hear()
        results = self._bus.receive_data(chunk, self._clock.now(), time.monotonic())
        return [*results, *_doubts(self._doubt, chunk, results, port, self._clock)]

    def left_alone(self, port: Port, seconds: float) -> Sequence[Trouble]:  # noqa: ARG002 - nothing is lost that was not asked
        port.discard()
        self._bus.reset()
        self.ear.hear()
        return []

    def reset(self) -> None:
        """A zero that waited must not be set when the scale is back with something on it."""
        self._orders.clear()
        self._bus.reset()
        self._doubt.reset()
        self.ear.hear()

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

    def _take_turns(self) -> None:
        now = self._clock.monotonic()
        for device, due_at in self._due_at.items():
            if now >= due_at:
                self._bus.due(device)
                period = self._periods[device]
                # Turns that were missed are not made up for.
                self._due_at[device] = due_at + period if due_at + period > now else now + period


def _may_be_silent(drivers: Iterable[tuple[BusDriver, float]]) -> bool:
    """Tell whether all on the line are devices that say nothing while nothing changes."""
    return all(driver.may_be_silent(question) for driver, _ in drivers for question in driver.questions())


def _doubts(
    doubt: LineDiagnosis, chunk: bytes, results: Sequence[Reading | Trouble], port: Port, clock: Clock
) -> list[Trouble]:
    """Say when nothing that comes is a reading."""
    if any(is_reading(each) for each in results):
        doubt.reset()
        return []
    text = doubt.heard(chunk, time.monotonic(), bad_stops=port.bad_stops() if chunk else 0)
    if text is None:
        return []
    return [Trouble(device=doubt.device, kind="wrong_settings", text=text, at=clock.now(), raw=chunk)]
