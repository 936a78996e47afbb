"""Define the stages of a cooling and their state."""

import msgspec

from gateway.haccp.rules.moment import Moment
from gateway.haccp.rules.stay import NEVER, Stays


class Stage(msgspec.Struct, frozen=True):
    """Require a fall from `start` to `to` (Cel) within so many microseconds, by the clock of the whole if `total`."""

    name: str
    start: float
    to: float
    within: int
    total: bool


class StageCourse(msgspec.Struct, frozen=True, gc=False):
    """Record when a stage's own clock began, and when its limit was reached."""

    began: Moment | None = None
    ended: Moment | None = None


class CoolingState(msgspec.Struct, frozen=True, gc=False):
    """Hold the state of a cooling.

    Attributes:
        armed: a crossing downwards starts the clock.
        off_heat: cooking has ended, by its mark or because the trace began hot; else the food may be on the stove.
        marked: cooking has ended by its mark, whatever the probe showed: it may not have been in the food yet.
    """

    courses: tuple[StageCourse, ...]
    armed: bool = False
    off_heat: bool = False
    marked: bool = False
    cook: Stays = NEVER
    reheat: Stays = NEVER
    ended_mark: int | None = None
