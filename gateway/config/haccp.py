"""The sections of what is judged: control points with their limits, and the plan for batches of food."""

import json
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from gateway.config.section import Section
from gateway.config.values import MINUTE, BatchKind, FoodName, Id, Micros, Number, PointKind, ProfileName, Words
from gateway.haccp.limits.kinds import BATCH_KINDS
from gateway.haccp.profiles.load import DEFAULT as DEFAULT_PROFILE

# Without a delay in the file the first reading beyond a limit alarms: a delay must be configured.
ON_DELAY = 0
# A value near its limit crosses it many times a minute; a whole minute inside is a return.
OFF_DELAY = MINUTE
# In kelvin: an air probe beside a running compressor varies by a few tenths.
DEADBAND = 0.5


class ControlPoint(Section):
    """Define a critical control point: which point it guards, as which kind, and by which limits.

    Without a critical limit of its own it has all limits of the plan's profile for its kind. `humidity`: for a dew
    point, the point that measures the humidity of the air at `point`.
    """

    id: Id
    kind: PointKind
    point: Id
    humidity: Id | None = None
    food: FoodName | None = None
    critical_limit: Number | None = None
    warning_limit: Number | None = None
    critical_low: Number | None = None
    warning_low: Number | None = None
    on_delay: Micros = ON_DELAY
    warning_on_delay: Micros = ON_DELAY
    off_delay: Micros = OFF_DELAY
    deadband: Annotated[Number, Field(ge=0, le=20)] = DEADBAND
    product_filter: Micros | None = None

    @property
    def digest(self) -> str:
        """Return SHA-256 of the definition as canonical JSON: definitions that judge alike have the same digest."""
        facts = self.model_dump(mode="json")
        return sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


USUAL_CONTROLS = tuple(name for name, kind in BATCH_KINDS.items() if kind.usual)


class Override(Section):
    """Set one limit differently from the profile, with the reason."""

    control: Words
    limit: Words
    value: Number | Words
    reason: Words
    food: FoodName | None = None


class Haccp(Section):
    """Define the HACCP plan: the profile, its overrides, who approved it, and the usual controls of a batch."""

    profile: ProfileName = DEFAULT_PROFILE
    approved_by: Id | None = None
    overrides: tuple[Override, ...] = ()
    batch_controls: tuple[BatchKind, ...] = ()

    @property
    def controls_of_a_batch(self) -> tuple[str, ...]:
        """Return the controls of a batch that is opened without a choice."""
        return self.batch_controls or USUAL_CONTROLS
