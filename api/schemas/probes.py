"""What the answers about the calibration of probes look like."""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.schemas.kitchen import Answer, Shape

Bath = Literal["ice", "boiling"]


class Listening(Shape):
    """A probe in a bath, over the newest minute at most; values as the device says them, without the offset."""

    bath: Bath
    since: AwareDatetime
    readings: int
    mean: float | None
    sigma: float | None = Field(description="standard deviation, K")
    steady: bool
    done: bool = Field(description="a minute and three readings: it can be judged")


class Probe(Shape):
    """The calibration of a point that measures a temperature."""

    point: str
    state: Literal["good", "overdue", "doubted", "unchecked"]
    checked_at: AwareDatetime | None = Field(description="the last good check")
    due_at: AwareDatetime | None = Field(description="when the next check is due, or was; null: never")
    due_cause: Literal["time", "swing", "drop"] | None = Field(description="why it is due; null while it is not")
    certified_until: AwareDatetime | None
    offset: float = Field(description="K, added to what the device says, now")
    back_at: AwareDatetime | None = Field(description="until when its readings are set aside, as those of a check")
    listening: list[Listening] = Field(description="the check that is under way")


class ProbesAnswer(Answer):
    """GET /api/probes."""

    probes: list[Probe]


class Check(Shape):
    """One check as it was judged; readings as the device said them."""

    number: int
    at: AwareDatetime
    who: str | None
    instrument: str | None
    ice: list[float] | None
    ice_mean: float | None
    boiling: list[float] | None
    boiling_mean: float | None
    expected: float | None = Field(description="of boiling water at the kitchen's altitude, °C")
    typed: bool
    sigma: float
    offset: float
    error: float | None = Field(description="in boiling water, after the offset, K")
    outcome: Literal["ACCEPTED", "OFFSET_STORED", "QUARANTINE"]
    causes: list[Literal["unsteady", "offset", "boiling"]]
    repeat: bool = Field(description="it was not steady, so it says nothing of the probe")
    offset_in_force: float | None = Field(description="after the check")
    uncertainty: float | None = Field(description="the expanded one of readings from then on, K")
    note: str | None


class ChecksAnswer(Shape):
    """GET /api/points/{id}/checks, the newest first; `next` is the `before` of the next page."""

    point: str
    checks: list[Check]
    next: int | None
