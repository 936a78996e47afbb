"""Read 1-wire probes for ever from the files that the Linux kernel makes for them.

One thread serves one folder. Reading a file makes the kernel start a measurement, which takes 0.75 s, and a bus can
measure one probe at a time. The folder is /sys/bus/w1/devices. With several buses, folders such as
/sys/devices/w1_bus_master1 give each bus a thread of its own.

    - No file, no folder, or an error while reading: the probe is lost. Its reading is BAD at once, and the loss is
      reported once. Each turn tries again: the kernel makes the folder again when the probe is back.
    - A power-on value is read a second time at once (drivers/probes/w1.py).

Source: Linux kernel, Documentation/w1/slaves/w1_therm.rst.
"""

import errno
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.contract import ArrivalQueue, Clock, LinkChange, Readings, Trouble
from drivers.errors import DecodeError, LinkError
from drivers.probes.w1 import W1Probe
from drivers.reading import Reading, Reason

FOLDER = "/sys/bus/w1/devices"
FILE = "w1_slave"
ASK_EVERY = 10_000_000  # microseconds
TURN = 0.05  # real seconds
LARGEST = 4096  # bytes; the file has about 80

_REMEDIES = {
    errno.ENOENT: "it is not on the bus: look at plug and cable (ls /sys/bus/w1/devices)",
    errno.EACCES: "this user may not read its file",
    errno.EIO: "it does not answer: look at plug, cable and the pull-up resistor",
}

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Turn:
    """A probe and its next turn.

    Attributes:
        probe: decodes the file.
        every: period in seconds of the gateway's clock.
        due_at: monotonic time of the next turn, by the same clock.
        up: whether the probe is on the bus; None until it was read.
    """

    probe: W1Probe
    every: float
    due_at: float
    up: bool | None = None


class W1Link:
    """Puts the readings of one folder's probes into the queue. `run` is the target of a thread; `stop` may be called
    from any.

    Attributes:
        name: of the link, for the log.
        last_beat: `time.monotonic()` of the loop's last turn, for a watchdog; a probe may take 2 seconds.

    Args:
        name: see above.
        folder: holds a folder for each probe, named by its address.
        probes: each with its period in microseconds of the gateway's clock.
        intake: queue for readings.
        clock: the gateway's.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        probes: Sequence[tuple[W1Probe, int | None]],
        *,
        intake: ArrivalQueue,
        clock: Clock,
    ) -> None:
        self.name = name
        self.last_beat = time.monotonic()
        now = clock.monotonic()
        self._folder = folder
        self._turns = [_Turn(probe, (every or ASK_EVERY) / 1e6, now) for probe, every in probes]
        self._intake = intake
        self._clock = clock
        self._stopping = threading.Event()

    @property
    def statistics(self) -> Mapping[str, object]:
        """Nothing is counted here: the kernel itself repeats failed transfers."""
        return {}

    def stop(self) -> None:
        """Make `run` return soon."""
        self._stopping.set()

    def run(self) -> None:
        """Read until `stop`."""
        while not self._stopping.is_set():
            self.last_beat = time.monotonic()
            for turn in self._turns:
                if self._clock.monotonic() >= turn.due_at and not self._intake.full:
                    self._take_turn(turn)
                    self.last_beat = time.monotonic()
                if self._stopping.is_set():
                    return
            self._stopping.wait(TURN)

    def _take_turn(self, turn: _Turn) -> None:
        now = self._clock.monotonic()
        # Missed turns are not made up for.
        turn.due_at = turn.due_at + turn.every if turn.due_at + turn.every > now else now + turn.every
        try:
            reading = self._read(turn.probe)
        except LinkError as error:
            self._report(turn, up=False, text=str(error))
            reading = turn.probe.lost()
        except DecodeError as error:
            self._trouble(turn.probe, error)
            reading = turn.probe.fault(error.reason)
        else:
            self._report(turn, up=True, text=f"{turn.probe.device} is on the bus")
        self._intake.put(Readings(turn.probe.device, [reading], self._clock.now()))

    def _read(self, probe: W1Probe) -> Reading:
        reading = probe.read(self._text(probe))
        if reading.reason is Reason.POWER_ON_VALUE:
            return probe.read(self._text(probe))
        return reading

    def _text(self, probe: W1Probe) -> str:
        try:
            with (self._folder / probe.address / FILE).open("rb") as stream:
                text = stream.read(LARGEST).decode("ascii", "replace")
        except OSError as error:
            remedy = _REMEDIES.get(error.errno or 0, error.strerror or "it cannot be read")
            raise LinkError(f"{probe.device} ({probe.address}): {remedy}") from error
        if not text.strip():
            raise LinkError(f"{probe.device} ({probe.address}): {_REMEDIES[errno.EIO]}")
        return text

    def _trouble(self, probe: W1Probe, error: DecodeError) -> None:
        at = self._clock.now()
        self._intake.put(Trouble(device=probe.device, kind=error.reason, text=str(error), at=at, raw=error.raw))

    def _report(self, turn: _Turn, *, up: bool, text: str) -> None:
        """Report a change once; each probe is a link of its own."""
        if up is turn.up:
            return
        turn.up = up
        _log.log(logging.INFO if up else logging.WARNING, "%s", text)
        self._intake.put(LinkChange(link=turn.probe.device, up=up, text=text, at=self._clock.now()))
