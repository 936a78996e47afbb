"""The live state of points and controls: what the next reading is compared with."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import msgspec

from drivers.reading import Quality, Quantity, Reason
from gateway.config import Config, ControlPoint, Point
from gateway.config.plan import ControlPart, HaccpPlan
from gateway.haccp.models.product_filter import ProductFilter
from gateway.haccp.rules import holding
from gateway.haccp.rules.holding import HoldingRule
from gateway.haccp.rules.trace import MINUTE, Sample
from gateway.monitoring.points.behaviour import Behaviour, Limits
from gateway.records.corrections import Corrections, of_offset, uncertainty_by
from gateway.records.quality import AHEAD, is_sound
from gateway.records.transaction import Transaction

NEVER = -1
SETTLED = 5
"""Time constants after which a product filter has forgotten where it began, to 0.7 %."""


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
    """A part of a control point, its rule, and where the rule's fold stands."""

    plan: ControlPoint
    part: ControlPart
    state: holding.HoldingState | None = None
    saved_at: int = NEVER
    """The newest reading in the state that the journal has."""
    tail: list[tuple[int, float]] | None = None
    """While late readings are being folded: what came meanwhile."""
    refold_since: int | None = None
    """The oldest late reading that no fold has seen; None when there is none."""
    refolds_asked: int = 0

    id: str = field(init=False)
    rule: HoldingRule = field(init=False)
    version: str = field(init=False)
    """A saved fold of another version is not gone on with."""
    product: ProductFilter | None = field(init=False)
    humidity: "LivePoint | None" = None
    """Of a dew point, the point that is paired with the control's own."""

    def __post_init__(self) -> None:
        self.id, self.rule = self.part.id, self.part.rule
        told = self.part if self.plan.humidity is None else (self.part, self.plan.humidity)
        self.version = f"{holding.VERSION}:{sha256(msgspec.json.encode(told)).hexdigest()}"
        self.product = None if self.part.tau_minutes is None else ProductFilter(self.part.tau_minutes)

    @property
    def lookback(self) -> int:
        """How far before a late reading its effect may begin, in microseconds."""
        settling = 0 if self.product is None else round(SETTLED * self.product.tau_minutes * MINUTE)
        return sum(limit.on_delay + limit.off_delay for limit in self.rule.limits) + 2 * self.rule.max_gap + settling


def of_product(product: ProductFilter | None, readings: Iterable[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """What a control judges of its readings: the product that follows the air, or the readings themselves."""
    if product is None:
        yield from readings
        return
    last: tuple[int, float] | None = None
    for at, value in readings:
        last = (at, value if last is None else product.step(last[1], value, at - last[0]))
        yield last


class PointListener(Protocol):
    """Follows the usable readings of a point."""

    def take_reading(self, transaction: Transaction, point: "LivePoint", sample: Sample, now: int, /) -> None:
        """Take a reading that is judged, in the order of arrival; its `sensor` is the point."""

    def redate(self, transaction: Transaction, point: str, move: Callable[[int], int], /) -> None:
        """Go on by another clock: move the times of this point that the next reading is compared with."""


@dataclass(slots=True, eq=False)
class LivePoint:
    """A point and what is known of it. Times are UTC microseconds, NEVER before the first.

    It has 22 attributes: a reading asks for nearly all of them, and finds them by one look-up.
    """

    plan: Point
    id: str
    quantity: Quantity
    lowest: float | None
    highest: float | None
    corrections: Corrections
    limits: Limits | None = None
    """What may be expected of its changes; None where a value may leap and stand as it likes."""
    behaviour: Behaviour | None = None
    behaviour_saved_at: int = NEVER
    controls: list[LiveControl] = field(default_factory=list)
    """Those that judge its readings by themselves."""
    paired: list[LiveControl] = field(default_factory=list)
    """Those that judge it together with another point."""
    listeners: list[PointListener] = field(default_factory=list)
    first_at: int = NEVER
    newest_at: int = NEVER
    """Of all readings; one that is older needs a look whether its time is free."""
    live_at: int = NEVER
    """Of those that told the present; one that is older is late."""
    usable_at: int = NEVER
    latest: Latest | None = None
    stale: bool = False
    lowest_seen: float = math.inf
    highest_seen: float = -math.inf
    """Of the values since somebody last took them."""
    own_time: bool = False
    """The newest one stands at the time that its device told."""
    behind: int = 0
    """So far the device's time is behind ours since our clock was set forward; below 0 while ours is not known."""

    def take_extremes(self) -> tuple[float, float]:
        """The lowest and the highest value since this was last asked; ∞ and −∞ without any."""
        found = self.lowest_seen, self.highest_seen
        self.lowest_seen, self.highest_seen = math.inf, -math.inf
        return found

    def date(self, *, own_time: bool, ago: int) -> None:
        """The newest reading is this old, by the time of its device or by ours."""
        self.own_time = own_time
        if not own_time or abs(ago) < abs(self.behind) // 2:
            self.behind = 0
        if ago < -AHEAD:
            self.behind = ago

    def age(self, at: int, now: int) -> int:
        """How long ago `at` was, by the clock that told it."""
        return now - self.behind - at

    @property
    def guards(self) -> list[LiveControl]:
        """All controls that need its readings."""
        return self.controls + self.paired

    def corrected(self, value: float, at: int) -> float:
        """The value of `at` with the calibration offset, exact in its decimals."""
        return value if self.corrections.changes_nothing else self.corrections.value(value, at)

    def uncertainty_at(self, at: int) -> float:
        """The expanded uncertainty (U) of a reading of `at`, in K."""
        return uncertainty_by(self.corrections.checks, at, self.plan.uncertainty)

    def read(
        self,
        at: int,
        value: float | None,
        quality: int,
        reason: str | None,
        *,
        stable: bool | None = None,
        net: bool | None = None,
    ) -> Latest:
        """A reading of the device as it is shown and judged."""
        if not self.corrections.changes_nothing:
            value = None if value is None else self.corrections.value(value, at)
            quality, reason = self.corrections.quality(quality, reason, at)
        return Latest(at, value, quality, reason, stable, net)


Source = tuple[str, str, Quantity]
"""Device, channel and quantity: one channel may tell temperature and humidity."""


def points_of(config: Config, plan: HaccpPlan) -> dict[Source, LivePoint]:
    """All points of the plan at rest, by their source."""
    points = {
        (point.device, point.channel, point.quantity): _live_point(config, plan, point) for point in config.points
    }
    by_id = {point.id: point for point in points.values()}
    for plain in config.control_points:
        if plain.humidity is not None:
            pair = by_id[plain.point], by_id[plain.humidity]
            found = [LiveControl(plain, part, humidity=pair[1]) for part in plan.parts(plain, pair[0].plan)]
            for point in pair:
                point.paired += found
    return points


def _live_point(config: Config, plan: HaccpPlan, point: Point) -> LivePoint:
    lowest, highest = point.range or (None, None)
    live = LivePoint(point, point.id, point.quantity, lowest, highest, of_offset(point.offset), _limits_of(point))
    live.controls = [
        LiveControl(control, part)
        for control in config.controls_of(point.id)
        if control.humidity is None
        for part in plan.parts(control, point)
    ]
    return live


def _limits_of(point: Point) -> Limits | None:
    """Only a temperature is never still: a weight lies, and moist air is at 100 % for hours."""
    asked = point.max_rate is not None or point.stuck_after is not None
    if point.quantity is not Quantity.TEMPERATURE and not asked:
        return None
    return Limits(point.max_rate, point.resolution, point.stuck_after, point.max_gap)


def state_of(point: LivePoint, now: int) -> str:
    """What the page shows: `unknown` and `stale` are never `normal`."""
    latest = point.latest
    if latest is None:
        return "stale" if point.stale else "unknown"
    if point.stale or point.age(latest.measured_at, now) > point.plan.stale_after:
        return "fault" if latest.quality == Quality.BAD else "stale"
    if latest.reason == Reason.IN_CHECK:
        return "unknown"
    if not is_sound(latest.quality, latest.reason):
        return "fault"
    return _state_by_limits(point)


def _state_by_limits(point: LivePoint) -> str:
    worst = "normal"
    for control in point.guards:
        courses = control.state.courses if control.state is not None else {}
        critical = courses.get("critical")
        if critical is not None and critical.raised:
            return "critical"
        if courses:
            worst = "warning"
    return worst
