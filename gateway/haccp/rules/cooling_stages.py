"""The stages of a cooling, and how they stand."""

import msgspec

from gateway.haccp.rules.moment import Moment
from gateway.haccp.rules.stay import NEVER, Stays


class Stage(msgspec.Struct, frozen=True):
    """From `start` down to `to` (Cel) within so many microseconds, on the clock of the whole when `total`."""

    name: str
    start: float
    to: float
    within: int
    total: bool


class StageCourse(msgspec.Struct, frozen=True, gc=False):
    """When a stage's own clock began, and when its limit was reached."""

    began: Moment | None = None
    ended: Moment | None = None


class CoolingState(msgspec.Struct, frozen=True, gc=False):
    """How a run stands.

    Attributes:
        armed: a crossing downwards starts the clock.
        off_heat: cooking has ended, by its mark or because the trace began hot; else it may still be on the stove.
        marked: cooking has ended by its mark, whatever the probe showed then: it may not have been in the food yet.
    """

    courses: tuple[StageCourse, ...]
    armed: bool = False
    off_heat: bool = False
    marked: bool = False
    cook: Stays = NEVER
    reheat: Stays = NEVER
    ended_mark: int | None = None
