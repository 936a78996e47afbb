"""A control folded anew over late readings: what is asked for, and its result."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gateway.haccp.models.product_filter import ProductFilter
from gateway.haccp.rules.deviation import Deviation, deviations
from gateway.haccp.rules.dew_spread import settled, spreads
from gateway.haccp.rules.holding import Holding, State
from gateway.journal.judged import Rest, judged_readings
from gateway.journal.readings import FOR_EVER
from gateway.monitoring.points.point import LiveControl, of_product
from gateway.records.corrections import Corrections


class Refolded(msgspec.Struct, frozen=True):
    """A control was folded anew over its late readings: the deviations that they show, and the state at their end."""

    control: str
    version: str
    asked: int
    deviations: list[Deviation]
    state: State | None
    known: list[tuple[object, ...]]
    """The control's alarms as the journal had them, oldest first."""


@dataclass(frozen=True, slots=True)
class Humidity:
    """The point that a dew point is paired with; a reading counts for `max_age` microseconds."""

    point: str
    corrections: Corrections
    max_age: int

    def paired(
        self, connection: sqlite3.Connection, temperatures: Iterator[tuple[int, float]], since: int, rest: Rest
    ) -> Iterator[tuple[int, float]]:
        """How far above its dew point the air was, from `since` on."""
        since -= self.max_age
        heard = list(judged_readings(connection, self.point, self.corrections, since=since, until=FOR_EVER, rest=rest))
        return spreads(settled(temperatures, heard[-1][0] if heard else 0), heard, self.max_age)


@dataclass(frozen=True, slots=True)
class Request:
    """Fold this control anew, because of readings since `since`."""

    subject: str
    point: str
    corrections: Corrections
    rule: Holding
    product: ProductFilter | None
    version: str
    since: int
    lookback: int
    asked: int
    humidity: "Humidity | None" = None

    def fold(self, connection: sqlite3.Connection, rest: Rest) -> Refolded:
        """The deviations since then, and where the fold stands."""
        since = self.since - self.lookback
        sql = "SELECT * FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?) ORDER BY raised_at"
        known = connection.execute(sql, (self.subject, since)).fetchall()
        started = connection.execute(
            "SELECT min(started_at) FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?)",
            (self.subject, since),
        ).fetchone()[0]
        if started is not None:
            since = min(since, started - self.lookback)
        readings = judged_readings(connection, self.point, self.corrections, since=since, until=FOR_EVER, rest=rest)
        if self.humidity is not None:
            readings = self.humidity.paired(connection, readings, since, rest)
        judged = of_product(self.product, readings)
        found, state = deviations(self.rule, judged, control=self.subject, point=self.point)
        return Refolded(self.subject, self.version, self.asked, found, state, known)


def request_of(control: LiveControl, corrections: Corrections) -> Request | None:
    """What has to be folded for a control; None when nothing is due."""
    if control.refold_since is None:
        return None
    pair = control.humidity
    humidity = None if pair is None else Humidity(pair.id, pair.corrections, pair.plan.max_gap)
    return Request(
        control.id, control.plan.point, corrections, control.rule, control.product, control.version,
        control.refold_since, control.lookback, control.refolds_asked, humidity,
    )  # fmt: skip
