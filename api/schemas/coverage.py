"""What the answers about coverage look like."""

from typing import Literal

from pydantic import AwareDatetime

from api.schemas.kitchen import Shape

CoverName = Literal["covered", "set_aside", "gap"]


class CoverageStretch(Shape):
    """A stretch of time; `reason` is null where it is covered."""

    begin: AwareDatetime
    end: AwareDatetime
    cover: CoverName
    reason: str | None


class CoveragePart(Shape):
    """How much of an hour, or of the whole, in seconds."""

    cover: CoverName
    reason: str | None
    length_s: float


class CoverageHour(Shape):
    """One hour, or what was asked for of it."""

    hour: AwareDatetime
    parts: list[CoveragePart]


class CoverageAnswer(Shape):
    """GET /api/points/{id}/coverage: the stretches have no hole, and every list of parts adds up to its whole."""

    point: str
    stretches: list[CoverageStretch]
    parts: list[CoveragePart]
    hours: list[CoverageHour]
