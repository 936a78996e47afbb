"""Record deviations: limits that were not met for longer than their on-delay (HACCP, Codex CXC 1-1969)."""

from collections.abc import Iterable

import msgspec

from gateway.haccp.rules.holding import HoldingRule, HoldingState, Raised, Returned, Side, fold


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """Record one deviation; `returned_at` is None while it lasts, `worst` is the value furthest beyond the limit.

    Times are UTC microseconds.
    """

    control: str
    point: str
    level: str
    side: Side
    started_at: int
    raised_at: int
    returned_at: int | None
    value: float
    limit: float
    worst: float

    def exceeds(self, worst: float | None) -> bool:
        """Return whether its worst value is further beyond the limit than `worst`."""
        if worst is None:
            return True
        return self.worst > worst if self.side is Side.ABOVE else self.worst < worst

    def overlaps(self, since: int, until: int | None) -> bool:
        """Return whether it shares a moment with the span; `until` is None for a span that lasts."""
        begins_in_time = until is None or self.started_at <= until
        return begins_in_time and (self.returned_at is None or self.returned_at >= since)


def deviations(
    rule: HoldingRule, readings: Iterable[tuple[int, float]], *, control: str, point: str
) -> tuple[list[Deviation], HoldingState | None]:
    """Return all deviations in a trace of (UTC microseconds, Cel) in order of time, and the state after it."""
    state: HoldingState | None = None
    open_ones: dict[str, Deviation] = {}
    over: list[Deviation] = []
    for at, value in readings:
        state, changes = fold(rule, state, at, value)
        for change in changes:
            match change:
                case Raised():
                    open_ones[change.level] = as_deviation(rule, change, control=control, point=point)
                case Returned(level=level):
                    ended = open_ones.pop(level)
                    over.append(msgspec.structs.replace(ended, returned_at=change.at, worst=change.worst))
    if state is not None:
        over += [msgspec.structs.replace(still, worst=state.courses[level].worst) for level, still in open_ones.items()]
    return sorted(over, key=lambda deviation: deviation.started_at), state


def as_deviation(rule: HoldingRule, raised: Raised, *, control: str, point: str) -> Deviation:
    """Return the deviation that a live fold has just raised."""
    return Deviation(
        control=control,
        point=point,
        level=raised.level,
        side=rule.side,
        started_at=raised.started_at,
        raised_at=raised.at,
        returned_at=None,
        value=raised.value,
        limit=raised.limit,
        worst=raised.value,
    )
