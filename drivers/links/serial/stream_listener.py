"""Listen to one device that sends by itself."""

import time
from collections.abc import Sequence

from drivers.contract import Clock, LineDriver, SerialSettings, StreamDriver, Trouble
from drivers.links.serial.line_diagnosis import LineDiagnosis
from drivers.links.serial.port import MOST_READ, Port
from drivers.links.serial.silence import DEAF_AFTER, SilenceTimer
from drivers.links.serial.turns import diagnose
from drivers.reading import Reading

TURN = 0.05  # seconds without a byte after which a turn ends
CUT = 1.0  # seconds of silence inside a frame: the cable was out, and the next bytes belong to another frame


class StreamListener:
    """Listens to one device, which sends in its period or, with None, when it likes."""

    silence_hint = "is it on, is its cable in, does it send by itself or must it be asked (every: 250ms)?"

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
        self.silence = SilenceTimer(None if every is None else every / 1e6, clock, deaf_after)
        self._device = device
        self._driver = driver
        self._clock = clock
        self._diagnosis = LineDiagnosis(device, settings)
        self._read_at = clock.now()
        self._turned_at = time.monotonic()
        self._join()

    def take_turn(self, port: Port) -> Sequence[Reading | Trouble]:
        chunk = port.read(TURN)
        self._read_at = self._clock.now()
        self._turned_at = time.monotonic()
        if chunk:
            self.silence.restart()
            results = self._driver.receive_data(chunk, self._read_at)
            return [*results, *diagnose(self._diagnosis, chunk, results, port, self._clock)]
        if time.monotonic() - self.silence.since > CUT:
            self._driver.reset()
        return []

    def skip_backlog(self, port: Port) -> Sequence[Trouble]:
        port.discard()
        self._join()
        self.silence.restart()
        seconds = time.monotonic() - self._turned_at
        text = f"{self._device} was not read for {seconds:.0f} s and lost frames: the gateway is overloaded"
        return [Trouble(device=self._device, kind="overrun", text=text, at=self._clock.now(), since=self._read_at)]

    def reset(self) -> None:
        self._join()
        self._diagnosis.reset()
        self.silence.restart()

    def _join(self) -> None:
        """Expect the next bytes to begin in the middle of a frame."""
        self._driver.reset()
        if isinstance(self._driver, LineDriver):
            self._driver.opened()
