"""Poll devices on a shared line: one request at a time, and never a response to the wrong request.

            next_request             response
    FREE ───────────────► WAITING ───────────► FREE
                            │ time-out
                            ▼
                         DRAINING ───────────► FREE   the late response has come, or can come no more
    - A request is sent after a silence of 3.5 characters, 1.75 ms above 19,200 baud (MODBUS over Serial Line V1.02,
      §2.5.1.1).
    - After a time-out nothing is sent until the slowest device would have responded, counted from the request. A
      response that arrives meanwhile is late: it is counted and dropped. Without this rule one probe's temperature
      would become another's.
    - A device may be slower even than that. The response after a time-out may then belong to the earlier request. If
      it fits both requests it is dropped, and the line waits once more for as long as that response would have taken.
    - A cheap adapter echoes what it sends: the echo of a request is skipped.
    - A device that is silent three times in a row is reported lost, once. It is then polled only at every 2nd, 4th
      and 8th turn, so that its time-outs do not starve the others. A device that is silent by design is never lost.

Sans-I/O. `now` is in real seconds of any zero, whatever the gateway's clock shows, since the line runs in real time.
"""

from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

from drivers.bus.station import LOST_AFTER, BusRequest, BusStatistics, Station
from drivers.contract import BusDriver, BusResponse, Trouble
from drivers.errors import ConfigurationError
from drivers.reading import Reading, Reason

TIMEOUT = 0.3
SLOWEST = 1.0
FORGOTTEN = 4.0  # times the slowest: after that no response is owed
MOST_RECEIVED = 1024  # an echo, a response and noise; a device that sends without end is cut
FIXED_SILENCE = 0.00175
CHARACTER_BITS = 11


class LineState(Enum):
    """State of the line; see the drawing at the top."""

    FREE = auto()
    WAITING = auto()
    DRAINING = auto()


class Bus:
    """One line with devices that must be polled.

    Args:
        drivers: the devices on it.
        baud: speed of the line.
        timeout: seconds of silence after which a request counts as not answered.
        slowest: seconds after a request when no response to it can arrive any more.
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
        # Bytes before the first request are counted for the first device.
        self._request = BusRequest(next(iter(self._stations.values())), b"")
        self._sent_at = self._drained_at = float("-inf")
        self._settling = False  # the response that is drained now is the last one owed
        self._timed_out: BusRequest | None = None
        self._received = bytearray()
        self._received_at = float("-inf")

    @property
    def statistics(self) -> dict[str, BusStatistics]:
        """Counts of the requests, by device."""
        return {device: station.statistics for device, station in self._stations.items()}

    def schedule(self, device: str) -> None:
        """Queue a device's requests for its turn, unless it rests or its last requests are still queued."""
        station = self._stations[device]
        if station.resting:
            station.resting -= 1
        elif not self._is_pending(station):
            self._queue.extend(BusRequest(station, frame) for frame in station.driver.requests())

    def next_request(self, now: float) -> bytes | None:
        """Return the bytes to send now; None when there are none, or the line is not free yet."""
        quiet = not self._received and now - self._received_at >= self._silence
        if self._state is not LineState.FREE or not self._queue or not quiet:
            return None
        self._request = self._queue.popleft()
        self._sent_at = now
        self._request.station.statistics.asked += 1
        self._request.station.sent.add(self._request.frame)
        self._state = LineState.WAITING
        return self._request.frame

    def receive_data(self, chunk: bytes, at: int, now: float) -> list[Reading | Trouble]:
        """Take the bytes received, also b"" as time passes. `at` is the gateway's time in UTC microseconds."""
        if chunk:
            self._received += chunk
            del self._received[:-MOST_RECEIVED]
            self._received_at = now
        match self._state:
            case LineState.FREE:
                return self._stray(at, now)
            case LineState.WAITING:
                return self._await_response(at, now)
            case LineState.DRAINING:
                return self._drain(at, now)

    def seconds_to_wait(self, now: float) -> float | None:
        """Return the seconds until there is something to do even without bytes; None: until the next turn."""
        quiet_at = self._received_at + self._silence
        match self._state:
            case LineState.WAITING:
                return max(0.0, self._deadline() - now)
            case LineState.DRAINING:
                return max(0.0, quiet_at - now, self._drained_at - now)
            case LineState.FREE:
                return max(0.0, quiet_at - now) if self._queue or self._received else None

    def reset(self) -> None:
        """Forget requests and bytes: the line was lost, and the next bytes respond to nothing."""
        self._state = LineState.FREE
        self._queue.clear()
        self._received.clear()
        self._timed_out = None
        for station in self._stations.values():
            station.owed.clear()

    def _is_pending(self, station: Station) -> bool:
        busy = self._state is not LineState.FREE and self._request.station is station
        return busy or any(request.station is station for request in self._queue)

    def _deadline(self) -> float:
        """A response that has begun in time may end later, but not later than the slowest device."""
        return min(max(self._sent_at, self._received_at) + self._timeout, self._sent_at + self._slowest)

    def _await_response(self, at: int, now: float) -> list[Reading | Trouble]:
        request = self._request
        if self._received.startswith(request.frame):
            del self._received[: len(request.frame)]
        response = request.station.driver.find_response(request.frame, bytes(self._received), at)
        if response is not None:
            return self._take_response(response, at, now)
        return self._time_out(at) if now >= self._deadline() else []

    def _take_response(self, response: BusResponse, at: int, now: float) -> list[Reading | Trouble]:
        station, received = self._request.station, bytes(self._received)
        station.misses = 0
        self._state = LineState.FREE
        ambiguous = self._is_ambiguous(station, received, at, now)
        before = self._explain_stray(received[: response.start], at)
        del self._received[: response.end]
        if ambiguous:
            return [*before, self._drop_ambiguous(received[response.start : response.end], at)]
        if response.refused:
            station.statistics.exceptions += 1
        else:
            station.statistics.answered += 1
        return [*before, *response.results]

    def _is_ambiguous(self, station: Station, received: bytes, at: int, now: float) -> bool:
        """Whether the response may as well belong to a request that is owed; if so, the true one may follow it."""
        station.forget_owed(before=now - FORGOTTEN * self._slowest)
        rivals = station.rivals_of(self._request.frame, received, at)
        if rivals:
            self._settle(now - min(station.owed.values()))
        else:
            station.owed.pop(self._request.frame, None)
        return not station.owed.keys().isdisjoint(rivals)

    def _settle(self, latency: float) -> None:
        """Wait for the true response, in case that the one which arrived was owed and took `latency`."""
        self._state, self._settling = LineState.DRAINING, True
        self._drained_at = self._sent_at + latency + self._slowest

    def _drop_ambiguous(self, raw: bytes, at: int) -> Trouble:
        device = self._request.device
        self._request.station.statistics.late += 1
        self._request.station.owed[self._request.frame] = self._sent_at
        text = f"{device} answered this question, or the one before it that timed out: that is not believed"
        return Trouble(device=device, kind="late_reply", text=text, at=at, raw=raw)

    def _time_out(self, at: int) -> list[Reading | Trouble]:
        request, station = self._request, self._request.station
        results: list[Reading | Trouble] = []
        silent = not self._received and request.may_be_silent
        if self._timed_out is not None and (late := self._take_late(self._timed_out, at)) is not None:
            results.append(late)
        self._queue = deque(each for each in self._queue if each.station is not station)
        self._state, self._timed_out = LineState.DRAINING, request
        self._drained_at, self._settling = self._sent_at + self._slowest, False
        if silent:
            return results
        station.owed[request.frame] = self._sent_at
        results.append(self._explain_time_out(at))
        station.misses += 1
        if station.misses == LOST_AFTER:
            results += station.driver.lost_readings()
        return results

    def _explain_time_out(self, at: int) -> Trouble:
        station, device = self._request.station, self._request.device
        if not self._received:
            station.statistics.no_reply += 1
            station.rest()
            text = f"{device} did not answer within {self._timeout:g} s: check power, wires A and B, address and baud"
            return Trouble(device=device, kind="no_reply", text=text, at=at)
        error = station.driver.explain(self._request.frame, bytes(self._received))
        if error.reason is Reason.CHECKSUM:
            station.statistics.checksum += 1
        else:
            station.statistics.framing += 1
        return Trouble(device=device, kind=error.reason, text=str(error), at=at, raw=error.raw)

    def _drain(self, at: int, now: float) -> list[Reading | Trouble]:
        late = self._take_late(self._request, at)
        if late is not None:
            self._state = LineState.FREE
            return [late]
        if now >= self._drained_at and now - self._received_at >= self._silence:
            self._received.clear()
            self._state = LineState.FREE
            if self._settling:
                self._request.station.owed.clear()
        return []

    def _stray(self, at: int, now: float) -> list[Reading | Trouble]:
        overflows = len(self._received) == MOST_RECEIVED
        if now - self._received_at < self._silence and not overflows:
            return []
        results = self._explain_stray(bytes(self._received), at)
        self._received.clear()
        return results

    def _explain_stray(self, rest: bytes, at: int) -> list[Reading | Trouble]:
        """Explain bytes that respond to no request. A line end after a response of text needs no explanation."""
        if not rest.strip(b"\r\n"):
            return []
        if self._timed_out is not None and (late := self._late_in(rest, self._timed_out, at)) is not None:
            return [late[1]]
        self._request.station.statistics.framing += 1
        text = f"{len(rest)} bytes beside the answers belong to nothing: look for noise, or for a second master"
        return [Trouble(device=self._request.device, kind=Reason.FRAMING, text=text, at=at, raw=rest)]

    def _take_late(self, request: BusRequest, at: int) -> Trouble | None:
        """Remove the response to a timed-out request from the bytes received."""
        late = self._late_in(bytes(self._received), request, at)
        if late is None:
            return None
        response, trouble = late
        del self._received[response.start : response.end]
        return trouble

    def _late_in(self, received: bytes, request: BusRequest, at: int) -> tuple[BusResponse, Trouble] | None:
        station = request.station
        response = station.driver.find_response(request.frame, received, at)
        if response is None:
            return None
        self._timed_out = None
        station.resting = 0
        station.owed.pop(request.frame, None)
        station.statistics.late += 1
        text = f"{request.device} answered later than {self._timeout:g} s after the question: that is not believed"
        raw = received[response.start : response.end]
        return response, Trouble(device=request.device, kind="late_reply", text=text, at=at, raw=raw)
