"""The sections of what measures: devices, their points in the kitchen, and how often a probe is checked."""

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
# A bad cable loses two readings now and then; three are a silence that somebody must look at.
STALE_INTERVALS = 3
# Between two readings further apart than this there is a gap, which is judged against the food.
GAP_INTERVALS = 2
SHORTEST_GAP = 2 * MINUTE
AT_LEAST_EVERY = 60 * MINUTE
LONGEST_SILENCE = 120 * MINUTE
"""The longest `at_least_every` of a device that reports changes."""
# Good practice asks for a weekly check in ice and a yearly certificate; neither is a law's number.
CHECK_EVERY = 7 * DAY
CERTIFICATE_EVERY = 365 * DAY


class Calibration(Section):
    """Set how often a probe is checked and its certificate renewed; `check_every` 0: never due."""

    check_every: Micros = CHECK_EVERY
    certificate_every: Annotated[Micros, Field(gt=0)] = CERTIFICATE_EVERY


class Device(Section):
    """Define a device that measures; which settings it takes depends on its driver.

    Serial settings that are None are the driver's defaults. `every` is None for a device that sends by itself, or is
    polled at the usual rate. `settings` are those of the driver; they have been checked.
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
    """Return the longest step that is no gap between readings that come every `interval`, in microseconds."""
    return max(GAP_INTERVALS * interval, SHORTEST_GAP)


class Point(Section):
    """Define one value of one device: its place in the kitchen, and how often and in which range it is read."""

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
        """Return the microseconds without a usable reading after which the point is stale."""
        return self.longest_silence if self.reports_changes else STALE_INTERVALS * self.interval

    @property
    def max_gap(self) -> int:
        """Return the longest step between two readings, in microseconds, that is not a gap."""
        return self.longest_silence if self.reports_changes else max_gap_of(self.interval)

    @property
    def reports_changes(self) -> bool:
        """Return whether the device reports only changes: its value holds while the device is known to be there."""
        return self.reports == "on_change"

    @property
    def longest_silence(self) -> int:
        """Return the microseconds for which a silent device that reports changes counts as being there."""
        return self.at_least_every + SHORTEST_GAP

    @property
    def unheard_after(self) -> int:
        """Return the microseconds without its link, or without a gateway, after which a change may have been missed."""
        return max_gap_of(self.interval)
