"""What the JSON of batches, verdicts and typed readings looks like, for /api/openapi.json."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.kitchen import Answer, Name, Shape, Text

Outcome = Literal["PASS", "FAIL", "RUNNING", "PREDICTED_FAIL", "INFEASIBLE", "INDETERMINATE"]
Action = Literal["USE_OR_CHILL", "USE_NOW", "DISCARD"]
Control = Literal[
    "cooking", "reheating", "cooling", "exposure", "time_control", "eat_by", "thawing", "rinse", "sample_fridge"
]
Happening = Literal[
    "cooking_started",
    "cooking_ended",
    "moved",
    "packed",
    "departed",
    "arrived",
    "eaten",
    "discarded",
    "reheating_started",
]
Step = Literal["core", "delivery", "recheck"]
Celsius = Annotated[float, Field(strict=True)]
Portions = Annotated[int, Field(gt=0, strict=True)]
"""A word or a yes is no number."""
Note = Annotated[str, StringConstraints(max_length=500)]
Key = Annotated[Name | None, Field(description="of your choosing, unique; made here when absent")]


class Measure(Shape):
    """A number of a verdict; of the unit `time` a moment. `gap_min`: how much of it was charged for gaps."""

    value: float | AwareDatetime | None
    unit: str
    limit: float | None
    verdict: Outcome | None
    gap_min: float | None
    low: float | None
    high: float | None


class Verdict(Shape):
    """How a control stands by one kind of readings. `key`: the record of it; null while it is no more than a state.

    `told`: the reasons in the kitchen's languages. `notice` says "default profile, not approved" as long as nobody has
    approved the plan.
    """

    key: str | None
    control: Control
    source: Literal["sensor", "typed"]
    verdict: Outcome
    action: Action | None
    decided_at: AwareDatetime | None
    measures: dict[str, Measure]
    reasons: list[str]
    told: list[Text]
    final: bool
    late: bool
    limits: dict[str, Any]
    overrides: list[dict[str, Any]]
    profile: str
    profile_hash: str
    approved_by: str | None
    notice: str | None


class StoredVerdict(Verdict):
    """A verdict of the records, and which one it superseded; it is never edited."""

    number: int
    batch: str
    computed_at: AwareDatetime
    supersedes: str | None
    trace_hash: str


class Mark(Shape):
    """Something that happened to a batch; `proposed` when the trace says so and no person."""

    at: AwareDatetime
    event: Happening
    point: str | None
    school: str | None
    person: str | None
    note: str | None
    proposed: bool


class Offer(Shape):
    """A proposal that waits for a person."""

    kind: Literal["cook", "cooling"]
    at: AwareDatetime


class ClockJump(Shape):
    """The clock was set from `old` to `new` while the batch ran: how long anything took across that is not known."""

    old: AwareDatetime
    new: AwareDatetime


class TypedReading(Shape):
    """A reading of a hand thermometer, marked as typed."""

    key: str
    at: AwareDatetime
    value: float
    instrument: str
    person: str
    step: Step
    batch: str | None
    point: str | None
    source: Literal["typed"]
    number: int | None = None


class FoodBatch(Shape):
    """A batch of food. What only the gateway knows is absent from one that is long over."""

    id: str
    product: str
    state: Literal["proposed", "open", "closed", "declined"]
    opened_at: AwareDatetime
    opened_by: str | None
    closed_at: AwareDatetime | None
    closed_by: str | None
    point: str | None = Field(description="the sensor at which it began")
    food: str | None
    recipe: str | None
    portions: int | None
    note: str | None
    controls: list[Control]
    marks: list[Mark]
    offers: list[Offer]
    clock_jump: ClockJump | None = None
    at_point: str | None = Field(default=None, description="the sensor at which it is now")
    outcome: Outcome | None = Field(default=None, description="of all its controls the worst")
    eat_by: AwareDatetime | None = None
    eat_by_near: AwareDatetime | None = None
    exposure_min: float | None = Field(default=None, description="in the danger zone so far")
    exposure_left_min: float | None = None
    action: Action | None = None
    judged_at: AwareDatetime | None = None
    catching_up: bool = False
    verdicts: tuple[Verdict | StoredVerdict, ...] = ()
    typed: tuple[TypedReading, ...] = ()


class Plan(Shape):
    """The HACCP plan: whose limits, who approved them, what the kitchen sets otherwise."""

    profile: str
    profile_hash: str
    hash: str
    approved_by: str | None
    notice: str | None
    overrides: list[dict[str, Any]]
    batch_controls: list[Control]


class BatchesAnswer(Answer):
    """GET /api/batches: what runs, and what ended in the last days."""

    batches: list[FoodBatch]
    haccp: Plan | None


class PastBatchesAnswer(Shape):
    """GET /api/batches?state=all, newest first; `next` is the `before` of the next page, null at the end."""

    batches: list[FoodBatch]
    next: AwareDatetime | None


class VerdictsAnswer(Shape):
    """GET /api/verdicts, newest first; `next` is the `before` of the next page, null at the end."""

    verdicts: list[StoredVerdict]
    next: int | None


class TypedReadingsAnswer(Shape):
    """GET /api/typed-readings, newest first; `next` is the `before` of the next page, null at the end."""

    typed: list[TypedReading]
    next: int | None


class Said(Shape):
    """What every word of a person carries."""

    who: Name = Field(description="id of a person of the kitchen")
    key: Key = None


class Opening(Said):
    """POST /api/batches."""

    product: Name
    recipe: Name | None = Field(default=None, description="of the stock; with portions it is reserved what it needs")
    portions: Portions | None = None
    food: str | None = Field(default=None, description="poultry, fish, plant …: which limits it is judged by")
    point: Name | None = Field(default=None, description="the sensor that is in it")
    controls: list[Control] | None = Field(default=None, description="the plan's when absent")
    at: AwareDatetime | None = Field(default=None, description="when it began; now when absent")
    note: Note | None = None


class Marking(Said):
    """POST /api/batches/{id}/marks."""

    event: Happening
    at: AwareDatetime | None = Field(default=None, description="when; now when absent")
    point: Name | None = Field(default=None, description="of `moved`: the next sensor; absent: at none any more")
    school: Name | None = None
    portions: Portions | None = Field(
        default=None, description="of `departed`: so many go to the school, and their share of every lot with them"
    )
    note: Note | None = None


class Closing(Said):
    """POST /api/batches/{id}/close, and …/decline."""

    note: Note | None = None


class Accepting(Said):
    """POST /api/batches/{id}/proposals/{kind}/accept; of a cook also what food it is."""

    product: Name | None = None
    portions: Portions | None = None
    food: str | None = None
    note: Note | None = None


class Typing(Said):
    """POST /api/typed-readings, of a batch or of a point. `value` in °C."""

    batch: Name | None = None
    point: Name | None = None
    value: Celsius
    instrument: Name
    step: Step = "core"
    at: AwareDatetime | None = Field(default=None, description="when it was read; now when absent")


class TypedVerdict(Shape):
    """How a control point stands by what was typed for its point."""

    control: str
    kind: str
    source: Literal["typed"]
    verdict: Outcome
    value: float
    limit: float | None
    reasons: list[str]
    told: list[Text]
    profile: str
    notice: str | None


class TypedAnswer(Shape):
    """What was typed, and what follows: the batch as it stands, or how the point's control points do."""

    typed: TypedReading
    batch: FoodBatch | None = None
    verdicts: tuple[TypedVerdict, ...] = ()


class Approval(Said):
    """POST /api/plan/approval: `hash` is that of the plan as it was shown."""

    hash: Name
