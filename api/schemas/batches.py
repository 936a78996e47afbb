"""What people say of batches of food, as HTTP has it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.kitchen import Name, Shape
from gateway.config.values import BatchKind
from gateway.haccp.limits.kinds import BATCH_KINDS

Control = Annotated[BatchKind, Field(json_schema_extra={"enum": list(BATCH_KINDS)})]
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


class Approval(Said):
    """POST /api/plan/approval: `hash` is that of the plan as it was shown."""

    hash: Name
