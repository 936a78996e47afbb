"""What measures: devices, their points in the kitchen, and how often a probe is checked."""

from typing import Annotated, Any, Literal

from pydantic import Field

from drivers.reading import Quantity
from gateway.config.section import Section
from gateway.config.values import (
    DAY,
    MILLISECOND,
    MINUTE,
    SECOND,
    Channel,
    Day,
    Id,
    MapName,
    Micros,
    Name,
    Number,
    Whole,
    Words,
)

# An XY-MD02 needs 0.1 s for an answer; air in a chiller moves in minutes.
ASK_EVERY = 10 * SECOND
# Answers come within 0.1 s from most devices; after 1 s none of them sends an answer any more.
ANSWER_TIMEOUT = 300 * MILLISECOND
SLOWEST_ANSWER = SECOND
LONGEST_ANSWER = 10 * SECOND
# Two lost readings are a bad cable's ordinary day, three are a silence that somebody must look at.
STALE_INTERVALS = 3
# Two readings further apart than this leave a gap that is judged fail-safe instead of being joined by a line.
GAP_INTERVALS = 2
SHORTEST_GAP = 2 * MINUTE
AT_LEAST_EVERY = 60 * MINUTE
LONGEST_SILENCE = 120 * MINUTE
"""Of a device that reports changes: what it does not say for longer nobody knows."""
# Good practice asks for a weekly check in ice and a yearly certificate; neither is a law's number.
CHECK_EVERY = 7 * DAY
CERTIFICATE_EVERY = 365 * DAY


class Calibration(Section):
    """How often a probe is checked, and its certificate renewed; `check_every` 0: nobody is asked."""

    check_every: Micros = CHECK_EVERY
    certificate_every: Annotated[Micros, Field(gt=0)] = CERTIFICATE_EVERY


class Device(Section):
    """A thing in the kitchen that measures; which settings it takes depends on its driver.

    Serial settings that are None are the driver's own. `every` is None for a device that sends by itself, or is asked
    as often as usual. `settings` are the driver's, checked before.
    """

    id: Id
    driver: Words
    map: MapName | None = None
    port: Words | None = None
    slave: Annotated[Whole, Field(ge=1, le=247)] | None = None
    baud: Annotated[Whole, Field(ge=300, le=921_600)] | None = None
    bytesize: Annotated[Whole, Field(ge=7, le=8)] | None = None
    parity: Literal["none", "even", "odd"] | None = None
    stopbits: Annotated[Whole, Field(ge=1, le=2)] | None = None
    every: Annotated[Micros, Field(gt=0)] | None = None
    timeout: Annotated[Micros, Field(gt=0, le=LONGEST_ANSWER)] = ANSWER_TIMEOUT
    slowest: Annotated[Micros, Field(gt=0, le=LONGEST_ANSWER)] = SLOWEST_ANSWER
    sensor: Words | None = None
    topic: Words | None = None
    settings: dict[str, Any] = Field({})


def max_gap_of(interval: int) -> int:
    """The longest step between two readings that are expected every `interval`, in microseconds, that is no gap."""
    return max(GAP_INTERVALS * interval, SHORTEST_GAP)


class Point(Section):
    """One value of one device, with its place in the kitchen and what may be expected of it."""

    id: Id
    name: Name
    place: Name | None = None
    device: Id
    channel: Channel
    quantity: Quantity
    interval: Annotated[Micros, Field(gt=0)]
    reports: Literal["interval", "on_change"] = "interval"
    at_least_every: Annotated[Micros, Field(gt=0, le=LONGEST_SILENCE)] = AT_LEAST_EVERY
    range: tuple[Number, Number] | None = None
    offset: Number = 0.0
    uncertainty: Annotated[Number, Field(ge=0, le=10)] = 0.0
    max_rate: Annotated[Number, Field(gt=0)] | None = None
    resolution: Annotated[Number, Field(ge=0)] = 0.0
    stuck_after: Annotated[Micros, Field(gt=0)] | None = None
    measures: Literal["food", "air", "water"] | None = None
    room: Id | None = None
    check_every: Micros | None = None
    certified: Day | None = None

    @property
    def stale_after(self) -> int:
        """Microseconds without a usable reading after which the point is stale."""
        return self.longest_silence if self.reports_changes else STALE_INTERVALS * self.interval

    @property
    def max_gap(self) -> int:
        """The longest step between two readings, in microseconds, that is not a gap."""
        return self.longest_silence if self.reports_changes else max_gap_of(self.interval)

    @property
    def reports_changes(self) -> bool:
        """Whether the device is silent as long as its value stands, and is believed while nobody says it is gone."""
        return self.reports == "on_change"

    @property
    def longest_silence(self) -> int:
        """Microseconds for which a device that reports changes is believed to be there; it may be a little late."""
        return self.at_least_every + SHORTEST_GAP

    @property
    def unheard_after(self) -> int:
        """Microseconds without its link, or without a gateway, after which a change may have been missed."""
        return max_gap_of(self.interval)
