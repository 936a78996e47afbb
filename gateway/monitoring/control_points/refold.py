"""Judge a control again from the journal, because readings came late: what is asked for, and the result."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gateway.haccp.models.product_filter import ProductFilter
from gateway.haccp.rules.deviation import Deviation, deviations
from gateway.haccp.rules.dew_spread import settled, spreads
from gateway.haccp.rules.holding import HoldingRule, HoldingState
from gateway.journal.history.judged import Rest, judged_readings
from gateway.journal.history.readings import FOR_EVER
from gateway.monitoring.points.point import LiveControl, of_product
from gateway.records.corrections import Corrections

_LATER = "FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?)"
_ALARMS = f"SELECT * {_LATER} ORDER BY raised_at"
_EARLIEST = f"SELECT min(started_at) {_LATER}"


class Refolded(msgspec.Struct, frozen=True):
    """What a control's readings show now that late ones are among them.

    Attributes:
        control: its id.
        version: of the control's rule and limits; the result of another version is useless.
        asked: how often a refold had been asked for when this one began.
        deviations: all that the readings show.
        state: of the rule, after the last reading.
        known: the control's alarms as rows of the journal, oldest first.
    """

    control: str
    version: str
    asked: int
    deviations: list[Deviation]
    state: HoldingState | None
    known: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class HumidityOfDewPoint:
    """The point whose humidity a dew point is made of; a reading counts for `max_age` microseconds."""

    point: str
    corrections: Corrections
    max_age: int

    def paired(
        self, connection: sqlite3.Connection, temperatures: Iterator[tuple[int, float]], since: int, rest: Rest
    ) -> Iterator[tuple[int, float]]:
        """Return how far the air was above its dew point, from `since` on."""
        since -= self.max_age
        readings = judged_readings(connection, self.point, self.corrections, since=since, until=FOR_EVER, rest=rest)
        humidities = list(readings)
        newest_at = humidities[-1][0] if humidities else 0
        return spreads(settled(temperatures, newest_at), humidities, self.max_age)


@dataclass(frozen=True, slots=True)
class ControlRefold:
    """The order to judge a control again, because of readings since `since`.

    Attributes:
        subject: the control's id.
        point: whose readings are judged.
        corrections: of the point's calibration.
        rule: the limits on one side of the control point.
        product: the filter that follows the food instead of the air.
        version: of rule and limits.
        since: the oldest late reading, in UTC microseconds.
        lookback: how far before it its effect may begin, in microseconds.
        asked: how often a refold has been asked for.
        humidity: of a dew point control.
    """

    subject: str
    point: str
    corrections: Corrections
    rule: HoldingRule
    product: ProductFilter | None
    version: str
    since: int
    lookback: int
    asked: int
    humidity: HumidityOfDewPoint | None = None

    def fold(self, connection: sqlite3.Connection, rest: Rest) -> Refolded:
        """Return the deviations since then, and the state of the rule after them."""
        since = self.since - self.lookback
        known = connection.execute(_ALARMS, (self.subject, since)).fetchall()
        started_at = connection.execute(_EARLIEST, (self.subject, since)).fetchone()[0]
        if started_at is not None:
            since = min(since, started_at - self.lookback)
        readings = judged_readings(connection, self.point, self.corrections, since=since, until=FOR_EVER, rest=rest)
        if self.humidity is not None:
            readings = self.humidity.paired(connection, readings, since, rest)
        values = of_product(self.product, readings)
        shown, state = deviations(self.rule, values, control=self.subject, point=self.point)
        return Refolded(self.subject, self.version, self.asked, shown, state, known)


def request_of(control: LiveControl, corrections: Corrections) -> ControlRefold | None:
    """Return the order for a control; None if nothing is due."""
    if control.refold_since is None:
        return None
    pair = control.humidity
    return ControlRefold(
        subject=control.id,
        point=control.plan.point,
        corrections=corrections,
        rule=control.rule,
        product=control.product,
        version=control.version,
        since=control.refold_since,
        lookback=control.lookback,
        asked=control.refolds_asked,
        humidity=None if pair is None else HumidityOfDewPoint(pair.id, pair.corrections, pair.plan.max_gap),
    )
