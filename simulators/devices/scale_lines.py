"""Connect a simulated scale to its serial line: one that sends by itself, or one that is polled."""

from pathlib import Path

from simulators.devices.polled_scale import POWER_UP_NOISE, ScaleLanguage, SimulatedPolledScale
from simulators.devices.scale import CsvShape, SimulatedScale, csv_st
from simulators.devices.uart import Uart


class SendingScaleLine:
    """A scale that sends csv-st lines by itself. It obeys no commands, so bytes sent to it are lost."""

    def __init__(self, link: Path, scale: SimulatedScale, *, baud: int | None, frame: str) -> None:
        self.scale = scale
        self.line = Uart(link, lambda _: None, baud=baud, frame=frame)
        self.frames = 0
        self._powered = True

    def weigh(self, now: int) -> None:
        """Send one line."""
        if self._powered:
            self.frames += self.line.write(csv_st(self.scale.show(now), CsvShape()))

    def power(self, *, on: bool) -> None:
        """Switch it off or on; when it comes on, it sends noise."""
        self._powered = on
        if on:
            self.line.write(POWER_UP_NOISE)


class PolledScaleLine:
    """A scale that sends its display only on request."""

    def __init__(
        self, link: Path, scale: SimulatedScale, language: ScaleLanguage, *, baud: int | None, now: int
    ) -> None:
        self.scale = scale
        self._display = scale.show(now)
        self._polled = SimulatedPolledScale(link, language, lambda: self._display, baud=baud)

    @property
    def line(self) -> Uart:
        return self._polled.line

    @property
    def frames(self) -> int:
        """Number of responses sent."""
        return self._polled.answers

    def weigh(self, now: int) -> None:
        """Update the display."""
        self._display = self.scale.show(now)

    def power(self, *, on: bool) -> None:
        """Switch it off or on; when it comes on, it sends noise."""
        self._polled.power(on=on)
