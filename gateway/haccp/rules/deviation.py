"""A deviation: a limit that was not met for longer than its on-delay (HACCP, Codex CXC 1-1969)."""

from collections.abc import Iterable

import msgspec

from gateway.haccp.rules.holding import HoldingRule, HoldingState, Raised, Returned, Side, fold


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """Times are UTC microseconds; `returned_at` is None while it lasts. `worst` is the value furthest beyond."""

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
        """Whether its worst value is further beyond the limit than `worst`."""
        if worst is None:
            return True
        return self.worst > worst if self.side is Side.ABOVE else self.worst < worst

    def overlaps(self, since: int, until: int | None) -> bool:
        """Whether it shares a moment with the span; an `until` of None is one that lasts."""
        begins_in_time = until is None or self.started_at <= until
        return begins_in_time and (self.returned_at is None or self.returned_at >= since)


def deviations(
    rule: HoldingRule, readings: Iterable[tuple[int, float]], *, control: str, point: str
) -> tuple[list[Deviation], HoldingState | None]:
    """All deviations in a trace of (UTC microseconds, Cel) in order of time, and where the fold stands after it."""
    state: HoldingState | None = None
    open_ones: dict[str, Deviation] = {}
    found: list[Deviation] = []
    for at, value in readings:
        state, changes = fold(rule, state, at, value)
        for change in changes:
            match change:
                case Raised():
                    open_ones[change.level] = as_deviation(rule, change, control=control, point=point)
                case Returned(level=level):
                    ended = open_ones.pop(level)
                    found.append(msgspec.structs.replace(ended, returned_at=change.at, worst=change.worst))
    if state is not None:
        found += [
            msgspec.structs.replace(still, worst=state.courses[level].worst) for level, still in open_ones.items()
        ]
    return sorted(found, key=lambda deviation: deviation.started_at), state


def as_deviation(rule: HoldingRule, raised: Raised, *, control: str, point: str) -> Deviation:
    """What a live fold has just raised."""
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
