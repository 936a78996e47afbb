"""Remember each device on a bus: its requests, the responses that it still owes, and how often it failed."""

from dataclasses import dataclass, field

from drivers.contract import BusDriver

LOST_AFTER = 3  # failures in a row
RAREST_TURN = 8


@dataclass(slots=True)
class BusStatistics:
    """Counts the requests to one device by outcome."""

    asked: int = 0
    answered: int = 0
    late: int = 0
    checksum: int = 0
    framing: int = 0
    exceptions: int = 0
    no_reply: int = 0


@dataclass(slots=True)
class Station:
    """One device on the bus.

    Attributes:
        driver: builds requests and finds responses.
        misses: requests in a row without a response.
        resting: turns left to skip.
        sent: every request that was ever sent to it.
        owed: requests that timed out and whose responses have not arrived since, with the time of sending.
        statistics: counts of its requests.
    """

    driver: BusDriver
    misses: int = 0
    resting: int = 0
    sent: set[bytes] = field(default_factory=set)
    owed: dict[bytes, float] = field(default_factory=dict)
    statistics: BusStatistics = field(default_factory=BusStatistics)

    def rest(self) -> None:
        """Skip turns after silence: 1, 3, then 7 of them."""
        if self.misses + 1 >= LOST_AFTER:
            self.resting = min(2 ** (self.misses + 2 - LOST_AFTER), RAREST_TURN) - 1

    def forget_owed(self, *, before: float) -> None:
        """Expect no response any more to requests that were sent before a time."""
        self.owed = {request: sent_at for request, sent_at in self.owed.items() if sent_at >= before}

    def rivals_of(self, request: bytes, received: bytes, at: int) -> set[bytes]:
        """Return the other requests to which these bytes are a response too; none while it owes nothing."""
        others = self.sent - {request} if self.owed else set()
        return {other for other in others if self.driver.find_response(other, received, at) is not None}


@dataclass(frozen=True, slots=True)
class BusRequest:
    """A request to a station."""

    station: Station
    frame: bytes

    @property
    def device(self) -> str:
        return self.station.driver.device

    @property
    def may_be_silent(self) -> bool:
        """True when a working device may leave this request unanswered."""
        return self.frame in self.station.driver.silent_requests
