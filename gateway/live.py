"""The live state of points and controls: what the next reading is compared with."""

from dataclasses import dataclass, field

import msgspec

from drivers.reading import Quality, Quantity, exact
from gateway.config import Config, ControlKind, ControlPoint, Point
from gateway.rules import holding
from gateway.rules.holding import Holding, Limit, Side

NEVER = -1


class Latest(msgspec.Struct, frozen=True, gc=False):
    """The newest reading of a point, its value with the calibration offset."""

    measured_at: int
    value: float | None
    quality: int
    reason: str | None
    stable: bool | None
    net: bool | None


@dataclass(slots=True, eq=False)
class LiveControl:
    """A control point, its rule, and where the rule's fold stands."""

    plan: ControlPoint
    rule: Holding
    state: holding.State | None = None
    saved_at: int = NEVER
    """The newest reading in the state that the journal has."""
    tail: list[tuple[int, float]] | None = None
    """While late readings are being folded: what came meanwhile."""
    refold_since: int | None = None
    """The oldest late reading that no fold has seen; None when there is none."""
    refolds_asked: int = 0

    @property
    def id(self) -> str:
        return self.plan.id

    @property
    def version(self) -> str:
        """A saved fold of another version is not gone on with."""
        return f"{holding.VERSION}:{self.plan.digest}"

    @property
    def lookback(self) -> int:
        """How far before a late reading its effect may begin, in microseconds."""
        return sum(limit.on_delay + limit.off_delay for limit in self.rule.limits) + 2 * self.rule.max_gap


@dataclass(slots=True, eq=False)
class LivePoint:
    """A point and what is known of it. Times are UTC microseconds, NEVER before the first."""

    plan: Point
    id: str
    quantity: Quantity
    lowest: float | None
    highest: float | None
    offset: float
    controls: list[LiveControl] = field(default_factory=list)
    newest_at: int = NEVER
    """Of all readings; one that is older needs a look whether its time is free."""
    live_at: int = NEVER
    """Of those that told the present; one that is older is late."""
    usable_at: int = NEVER
    latest: Latest | None = None
    stale: bool = False

    def corrected(self, value: float) -> float:
        """The value with the calibration offset, exact in its decimals."""
        return float(exact(value) + exact(self.offset)) if self.offset else value


def rule_of(control: ControlPoint, point: Point) -> Holding:
    """The holding rule that a control point of the plan stands for."""
    limits = [Limit("critical", control.critical_limit, control.on_delay, control.off_delay)]
    if control.warning_limit is not None:
        limits.append(Limit("warning", control.warning_limit, control.warning_on_delay, control.off_delay))
    side = Side.ABOVE if control.kind is ControlKind.COLD_HOLDING else Side.BELOW
    return Holding(side, tuple(limits), control.deadband, point.max_gap)


Source = tuple[str, str, Quantity]
"""Device, channel and quantity: one channel may tell temperature and humidity."""


def points_of(config: Config) -> dict[Source, LivePoint]:
    """All points of the plan at rest, by their source."""
    return {(point.device, point.channel, point.quantity): _live_point(config, point) for point in config.points}


def _live_point(config: Config, point: Point) -> LivePoint:
    lowest, highest = point.range or (None, None)
    live = LivePoint(point, point.id, point.quantity, lowest, highest, point.offset)
    live.controls = [LiveControl(control, rule_of(control, point)) for control in config.controls_of(point.id)]
    return live


def state_of(point: LivePoint, now: int) -> str:
    """What the page shows: `unknown` and `stale` are never `normal`."""
    latest = point.latest
    if latest is None:
        return "stale" if point.stale else "unknown"
    if point.stale or now - latest.measured_at > point.plan.stale_after:
        return "fault" if latest.quality == Quality.BAD else "stale"
    if latest.quality != Quality.GOOD:
        return "fault"
    return _state_by_limits(point)


def _state_by_limits(point: LivePoint) -> str:
    worst = "normal"
    for control in point.controls:
        courses = control.state.courses if control.state is not None else {}
        critical = courses.get("critical")
        if critical is not None and critical.raised:
            return "critical"
        if courses:
            worst = "warning"
    return worst
