"""What the commands about batches of food act on, and how they find a batch, a point and the rules of a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.reading import Quantity
from gateway.haccp.limits.fields import InputError
from gateway.haccp.rules.trace import HOUR
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.snapshot import BatchNow, batch_now
from gateway.monitoring.batches.typed_points import TypedPoints
from gateway.monitoring.points.point import LivePoint
from gateway.records.commands import RefusedError
from gateway.stock.stores import Stores

LONGEST_AGO = 48 * HOUR
"""What is said of an earlier time is a mistake, or no record any more."""


@dataclass(frozen=True, slots=True)
class BatchScope:
    """The batches of food of a kitchen, and what else a command about them touches.

    Attributes:
        points: all points of the kitchen, by id.
        typed: readings that were typed for a point instead of a batch.
        approve: notes who stands for the plan.
    """

    batches: FoodBatches
    points: Mapping[str, LivePoint]
    stores: Stores
    typed: TypedPoints
    approve: Callable[[str], None]

    def known(self, name: str) -> LiveBatch:
        """A batch that runs, or ran in the last days.

        Raises:
            RefusedError: there is none of this id.
        """
        live = self.batches.live.get(name)
        if live is None:
            raise RefusedError("unknown_batch", f"there is no batch {name!r}")
        return live

    def running(self, name: str) -> LiveBatch:
        """A batch that runs.

        Raises:
            RefusedError: it is over, or there is none of this id.
        """
        live = self.known(name)
        if not live.batch.runs:
            raise RefusedError("not_allowed", f"the batch {live.batch.id} is {live.batch.state}")
        return live

    def point(self, name: str | None) -> str | None:
        """A point of temperature, if one is named.

        Raises:
            RefusedError: there is none of this id, or it measures something else.
        """
        if name is None:
            return None
        if name not in self.points:
            raise RefusedError("unknown_point", f"there is no point {name!r}")
        if self.points[name].quantity is not Quantity.TEMPERATURE:
            raise RefusedError("bad_request", f"{name!r} measures no temperature")
        return name

    def check_rules(self, batch: FoodBatch) -> None:
        """Refuse a batch that has a control without a rule.

        Raises:
            RefusedError: the plan has no limits for this food.
        """
        try:
            for control in batch.controls:
                self.batches.plan.rule(control, batch.food, 1)
        except InputError as error:
            raise RefusedError("bad_request", str(error)) from None

    def shown(self, live: LiveBatch) -> BatchNow:
        """A batch as people are told it."""
        return batch_now(live, self.batches.plan)
