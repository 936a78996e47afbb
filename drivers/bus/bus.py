"""The discipline of a line on which devices must be asked: one question at a time, and no answer to the wrong one.

            next_request             answer
    FREE ───────────────► ASKED ─────────────► FREE
                            │ time-out
                            ▼
                         DRAINING ───────────► FREE   the late answer has come, or can come no more
    - A question goes out after a silence of 3.5 characters, 1.75 ms above 19,200 baud (MODBUS over Serial Line V1.02,
      §2.5.1.1).
    - After a time-out nothing is asked until the slowest device would have answered, counted from the question. What
      comes meanwhile is a late answer: counted, never believed. Without this one probe's temperature becomes another's.
    - A device that is slower even than that: the answer after a time-out may be the one that is owed. Where it fits
      both questions it is not believed, and the line is given once more as long as the owed one took, if it was that.
    - A cheap adapter echoes what it sends: the echo of the question is skipped.
    - A device that is silent three times in a row is lost: said once, then asked at every 2nd, 4th and 8th turn, so
      that its time-outs do not starve the others. Not so one that has nothing to say when nothing changes.

Sans-I/O: `now` is real seconds of any zero, whatever the gateway's clock shows, since the line runs in real time.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from drivers.contract import BusDriver, BusResponse, Trouble
from drivers.errors import ConfigurationError
from drivers.reading import Reading, Reason

TIMEOUT = 0.3
SLOWEST = 1.0
LOST_AFTER = 3
RAREST_TURN = 8
FORGOTTEN = 4.0  # times the slowest: no answer is owed for longer
MOST_HEARD = 1024  # an echo, an answer and noise; a babbling device is cut
FIXED_SILENCE = 0.00175
CHARACTER_BITS = 11


@dataclass(slots=True)
class BusStatistics:
    """What became of the questions to one device."""

    asked: int = 0
    answered: int = 0
    late: int = 0
    checksum: int = 0
    framing: int = 0
    exceptions: int = 0
    no_reply: int = 0


@dataclass(slots=True)
class Station:
    """A device on the bus, as the bus remembers it.

    Attributes:
        driver: what to ask and how to judge.
        misses: questions in a row that were not answered.
        resting: turns that it is not asked.
        asked: all that it was ever asked.
        owed: questions that timed out and whose answers were not seen since, with the time at which they were asked.
        statistics: what became of its questions.
    """

    driver: BusDriver
    misses: int = 0
    resting: int = 0
    asked: set[bytes] = field(default_factory=set)
    owed: dict[bytes, float] = field(default_factory=dict)
    statistics: BusStatistics = field(default_factory=BusStatistics)

    def rest(self) -> None:
        """Skip turns after silence: 1, 3, then 7 of them."""
        if self.misses + 1 >= LOST_AFTER:
            self.resting = min(2 ** (self.misses + 2 - LOST_AFTER), RAREST_TURN) - 1


@dataclass(frozen=True, slots=True)
class BusRequest:
    """A question to a station."""

    station: Station
    frame: bytes

    @property
    def device(self) -> str:
        return self.station.driver.device


class LineState(Enum):
    """Where the line stands; drawn at the top."""

    FREE = auto()
    ASKED = auto()
    DRAINING = auto()


class Bus:
    """One line with devices that must be asked.

    Args:
        drivers: the devices on it.
        baud: of the line.
        timeout: seconds of silence until a question counts as not answered.
        slowest: seconds after a question when no answer to it can come any more.
    """

    def __init__(
        self,
        drivers: Sequence[BusDriver],
        *,
        baud: int = 9600,
        timeout: float = TIMEOUT,
        slowest: float = SLOWEST,
    ) -> None:
        self._stations = {driver.device: Station(driver) for driver in drivers}
        if not drivers:
            raise ConfigurationError("a bus without devices: take the port out")
        if len(self._stations) < len(drivers):
            raise ConfigurationError("two devices on one bus have the same id: give each its own")
        self._silence = FIXED_SILENCE if baud > 19_200 else 3.5 * CHARACTER_BITS / baud
        self._timeout = timeout
        self._slowest = max(slowest, timeout)
        self._state = LineState.FREE
        self._queue: deque[BusRequest] = deque()
        # Bytes before the first question are put down to the first device.
        self._asked = BusRequest(next(iter(self._stations.values())), b"")
        self._asked_at = self._drained_at = float("-inf")
        self._settling = False  # what is drained now is all that was owed
        self._missing: BusRequest | None = None
        self._heard = bytearray()
        self._heard_at = float("-inf")

    @property
    def statistics(self) -> dict[str, BusStatistics]:
        """What became of the questions, by device."""
        return {device: station.statistics for device, station in self._stations.items()}

    def due(self, device: str) -> None:
        """Take a device's turn: put its questions at the end of the queue, unless it rests or still waits there."""
        station = self._stations[device]
        if station.resting:
            station.resting -= 1
        elif not self._waits(station):
            self._queue.extend(BusRequest(station, frame) for frame in station.driver.questions())

    def next_request(self, now: float) -> bytes | None:
        """Give the bytes to send now; None when there is nothing to send, or not yet."""
        quiet = not self._heard and now - self._heard_at >= self._silence
        if self._state is not LineState.FREE or not self._queue or not quiet:
            return None
        self._asked = self._queue.popleft()
        self._asked_at = now
        self._asked.station.statistics.asked += 1
        self._asked.station.asked.add(self._asked.frame)
        self._state = LineState.ASKED
        return self._asked.frame

    def receive_data(self, chunk: bytes, at: int, now: float) -> list[Reading | Trouble]:
        """Take what was heard, b"" too: time passes. `at` is the gateway's time in UTC microseconds."""
        if chunk:
            self._heard += chunk
            del self._heard[:-MOST_HEARD]
            self._heard_at = now
        match self._state:
            case LineState.FREE:
                return self._stray(at, now)
            case LineState.ASKED:
                return self._listen(at, now)
            case LineState.DRAINING:
                return self._drain(at, now)

    def wait(self, now: float) -> float | None:
        """Seconds until something is to do even if nothing is heard; None: until a turn is due."""
        quiet_at = self._heard_at + self._silence
        match self._state:
            case LineState.ASKED:
                return max(0.0, self._deadline() - now)
            case LineState.DRAINING:
                return max(0.0, quiet_at - now, self._drained_at - now)
            case LineState.FREE:
                return max(0.0, quiet_at - now) if self._queue or self._heard else None

    def reset(self) -> None:
        """Forget questions and bytes: the line was lost, what comes next answers nothing."""
        self._state = LineState.FREE
        self._queue.clear()
        self._heard.clear()
        self._missing = None
        for station in self._stations.values():
            station.owed.clear()

    def _waits(self, station: Station) -> bool:
        busy = self._state is not LineState.FREE and self._asked.station is station
        return busy or any(question.station is station for question in self._queue)

    def _deadline(self) -> float:
        """An answer that has begun may take its time, but not beyond the slowest."""
        return min(max(self._asked_at, self._heard_at) + self._timeout, self._asked_at + self._slowest)

    def _listen(self, at: int, now: float) -> list[Reading | Trouble]:
        asked = self._asked
        if self._heard.startswith(asked.frame):
            del self._heard[: len(asked.frame)]
        answer = asked.station.driver.judge(asked.frame, bytes(self._heard), at)
        if answer is not None:
            return self._answered(answer, at, now)
        return self._timed_out(at) if now >= self._deadline() else []

    def _answered(self, answer: BusResponse, at: int, now: float) -> list[Reading | Trouble]:
        station, heard = self._asked.station, bytes(self._heard)
        station.misses = 0
        self._state = LineState.FREE
        doubtful = self._weigh(station, heard, at, now)
        before = self._explain(heard[: answer.start], at)
        del self._heard[: answer.end]
        if doubtful:
            return [*before, self._doubted(heard[answer.start : answer.end], at)]
        if answer.refused:
            station.statistics.exceptions += 1
        else:
            station.statistics.answered += 1
        return [*before, *answer.results]

    def _weigh(self, station: Station, heard: bytes, at: int, now: float) -> bool:
        """Tell whether an answer may as well be one that is owed; what follows it may then be on its way, too."""
        oldest = now - FORGOTTEN * self._slowest
        station.owed = owed = {frame: asked_at for frame, asked_at in station.owed.items() if asked_at >= oldest}
        others = station.asked - {self._asked.frame} if owed else set()
        rivals = {each for each in others if station.driver.judge(each, heard, at) is not None}
        if rivals:
            self._settle(now - min(owed.values()))
        else:
            owed.pop(self._asked.frame, None)
        return not owed.keys().isdisjoint(rivals)

    def _settle(self, latency: float) -> None:
        """Wait for the answer to this question, in case that the one which came was owed and took `latency`."""
        self._state, self._settling = LineState.DRAINING, True
        self._drained_at = self._asked_at + latency + self._slowest

    def _doubted(self, raw: bytes, at: int) -> Trouble:
        device = self._asked.device
        self._asked.station.statistics.late += 1
        self._asked.station.owed[self._asked.frame] = self._asked_at
        text = f"{device} answered this question, or the one before it that timed out: that is not believed"
        return Trouble(device=device, kind="late_reply", text=text, at=at, raw=raw)

    def _timed_out(self, at: int) -> list[Reading | Trouble]:
        asked = self._asked
        results: list[Reading | Trouble] = []
        silent = not self._heard and asked.station.driver.may_be_silent(asked.frame)
        if self._missing is not None and (late := self._late(self._missing, at)) is not None:
            results.append(late)
        self._queue = deque(each for each in self._queue if each.station is not asked.station)
        self._state, self._missing = LineState.DRAINING, asked
        self._drained_at, self._settling = self._asked_at + self._slowest, False
        if silent:
            return results
        asked.station.owed[asked.frame] = self._asked_at
        results.append(self._complain(at))
        asked.station.misses += 1
        if asked.station.misses == LOST_AFTER:
            results += asked.station.driver.lost()
        return results

    def _complain(self, at: int) -> Trouble:
        station, device = self._asked.station, self._asked.device
        if not self._heard:
            station.statistics.no_reply += 1
            station.rest()
            text = f"{device} did not answer within {self._timeout:g} s: check power, wires A and B, address and baud"
            return Trouble(device=device, kind="no_reply", text=text, at=at)
        error = station.driver.complaint(self._asked.frame, bytes(self._heard))
        if error.reason is Reason.CHECKSUM:
            station.statistics.checksum += 1
        else:
            station.statistics.framing += 1
        return Trouble(device=device, kind=error.reason, text=str(error), at=at, raw=error.raw)

    def _drain(self, at: int, now: float) -> list[Reading | Trouble]:
        late = self._late(self._asked, at)
        if late is not None:
            self._state = LineState.FREE
            return [late]
        if now >= self._drained_at and now - self._heard_at >= self._silence:
            self._heard.clear()
            self._state = LineState.FREE
            if self._settling:
                self._asked.station.owed.clear()
        return []

    def _stray(self, at: int, now: float) -> list[Reading | Trouble]:
        babbles = len(self._heard) == MOST_HEARD
        if now - self._heard_at < self._silence and not babbles:
            return []
        results = self._explain(bytes(self._heard), at)
        self._heard.clear()
        return results

    def _explain(self, rest: bytes, at: int) -> list[Reading | Trouble]:
        """Say what bytes are that answer no question of now. The line end after an answer of text is nothing."""
        if not rest.strip(b"\r\n"):
            return []
        if self._missing is not None and (late := self._late_in(rest, self._missing, at)) is not None:
            return [late[1]]
        self._asked.station.statistics.framing += 1
        text = f"{len(rest)} bytes beside the answers belong to nothing: look for noise, or for a second master"
        return [Trouble(device=self._asked.device, kind=Reason.FRAMING, text=text, at=at, raw=rest)]

    def _late(self, question: BusRequest, at: int) -> Trouble | None:
        """Take the answer to a question that has timed out away from what was heard."""
        found = self._late_in(bytes(self._heard), question, at)
        if found is None:
            return None
        answer, trouble = found
        del self._heard[answer.start : answer.end]
        return trouble

    def _late_in(self, heard: bytes, question: BusRequest, at: int) -> tuple[BusResponse, Trouble] | None:
        answer = question.station.driver.judge(question.frame, heard, at)
        if answer is None:
            return None
        self._missing = None
        question.station.resting = 0
        question.station.owed.pop(question.frame, None)
        question.station.statistics.late += 1
        text = f"{question.device} answered later than {self._timeout:g} s after the question: that is not believed"
        raw = heard[answer.start : answer.end]
        return answer, Trouble(device=question.device, kind="late_reply", text=text, at=at, raw=raw)
