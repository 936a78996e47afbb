"""Follow stays: unbroken times at or above a temperature. A gap breaks a stay."""

import msgspec

from gateway.haccp.rules.rule import moved_up
from gateway.haccp.rules.trace import Joint, Segment, Span, at_or_above, full


class HeatTreatment(msgspec.Struct, frozen=True):
    """Require `temperature` (Cel) or more for `hold` microseconds without a break; 0 is met at once."""

    temperature: float
    hold: int

    def moved(self, by: float) -> "HeatTreatment":
        return HeatTreatment(moved_up(self.temperature, by), self.hold)


class HotStay(msgspec.Struct, frozen=True, gc=False):
    """Hold the start of the present stay, the longest so far (None: never hot), and when the need was first met."""

    since: int | None = None
    longest: int | None = None
    met_at: int | None = None


class Stays(msgspec.Struct, frozen=True, gc=False):
    """Hold the stays as seen, and as they could have been if every gap had been hot."""

    seen: HotStay
    possible: HotStay

    @property
    def at_rest(self) -> bool:
        """Return whether no stay goes on, nor could one."""
        return self.seen.since is None and self.possible.since is None


_NONE = HotStay()
NEVER = Stays(_NONE, _NONE)


def alone(need: HeatTreatment, stays: Stays, at: int, value: float) -> Stays:
    """Return the stays after a reading that no line leads to."""
    there = value >= need.temperature
    span = (at, at) if there else None
    seen = _lengthened(need, stays.seen, span, joined=False, goes_on=there)
    if stays.possible is stays.seen:
        return Stays(seen, seen)
    return Stays(seen, _lengthened(need, stays.possible, span, joined=False, goes_on=there))


def along(need: HeatTreatment, stays: Stays, segment: Segment) -> Stays:
    """Return the stays after the next segment; its first end was taken before."""
    seen, possible = stays.seen, stays.possible
    temperature = need.temperature
    began, goes_on = segment.first >= temperature, segment.last >= temperature
    if segment.joint is Joint.LINE:
        if not (began or goes_on or seen.since is not None or possible.since is not None):
            return stays
        span = at_or_above(segment, temperature)
        longer = _lengthened(need, seen, span, joined=began, goes_on=goes_on)
        if possible is seen:  # no gap so far
            return Stays(longer, longer)
        return Stays(longer, _lengthened(need, possible, span, joined=began, goes_on=goes_on))
    return Stays(
        _lengthened(need, seen, (segment.end, segment.end) if goes_on else None, joined=False, goes_on=goes_on),
        _lengthened(need, possible, (segment.start, segment.end), joined=began, goes_on=goes_on),
    )


def _lengthened(need: HeatTreatment, stay: HotStay, span: Span | None, *, joined: bool, goes_on: bool) -> HotStay:
    """Add a span to a stay: `joined` if it continues the stay, `goes_on` if it is still hot at its end."""
    if span is None:
        return stay if stay.since is None else msgspec.structs.replace(stay, since=None)
    since = stay.since if joined and stay.since is not None else span[0]
    longest = max(span[1] - since, stay.longest or 0)
    met_at = stay.met_at
    if met_at is None and full(span[1] - since, need.hold):
        met_at = min(since + need.hold, span[1])
    return HotStay(since if goes_on else None, longest, met_at)
