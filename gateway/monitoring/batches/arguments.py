"""What a person's command says of a batch of food, looked up and checked: batch, moment, point, controls, portions."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from gateway.haccp.limits.kinds import BATCH_KINDS
from gateway.haccp.profiles.model import Food
from gateway.haccp.rules.trace import HOUR
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall, RefusedError

LONGEST_AGO = 48 * HOUR
"""What is said of an earlier time is a mistake, or no record any more."""
MOST_PORTIONS = 100_000
COLDEST, HOTTEST = -60.0, 300.0
"""Cel; a hand thermometer shows nothing else."""

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Said:
    """The arguments of one command, read one by one. Each raises RefusedError when it cannot be used."""

    kitchen: Kitchen
    order: CommandCall

    def given(self, name: str) -> bool:
        return self.order.args.get(name) is not None

    def maybe(self, name: str) -> str | None:
        return self.order.text(name) if self.given(name) else None

    def batch(self) -> LiveBatch:
        """A batch that runs, or ran in the last days."""
        name = self.order.text("batch")
        live = self.kitchen.batches.live.get(name)
        if live is None:
            raise RefusedError("unknown_batch", f"there is no batch {name!r}")
        return live

    def running(self) -> LiveBatch:
        """A batch that runs."""
        live = self.batch()
        if not live.batch.runs:
            raise RefusedError("not_allowed", f"the batch {live.batch.id} is {live.batch.state}")
        return live

    def at(self, *, since: int | None = None) -> int:
        """A moment, not of the future and not before `since`."""
        value = self.order.args.get("at")
        if value is None:
            return self.order.now
        if isinstance(value, bool) or not isinstance(value, int):
            raise RefusedError("bad_request", "'at' is UTC microseconds")
        if value > self.order.now:
            raise RefusedError("bad_request", "'at' lies in the future")
        earliest = self.order.now - LONGEST_AGO if since is None else since
        if value < earliest:
            told = "'at' lies too far back" if since is None else "'at' lies before the batch was opened"
            raise RefusedError("bad_request", told)
        return value

    def word(self, name: str, words: type[Word], otherwise: Word | None = None) -> Word:
        value = self.order.args.get(name)
        if value is None and otherwise is not None:
            return otherwise
        try:
            return words(str(value))
        except ValueError:
            known = ", ".join(word.value for word in words)
            raise RefusedError("bad_request", f"{name!r} is one of {known}") from None

    def point(self, name: str = "point") -> str | None:
        """A point of temperature."""
        point = self.maybe(name)
        if point is None:
            return None
        if point not in self.kitchen.by_id:
            raise RefusedError("unknown_point", f"there is no point {point!r}")
        if self.kitchen.by_id[point].quantity != "temperature":
            raise RefusedError("bad_request", f"{point!r} measures no temperature")
        return point

    def portions(self) -> int | None:
        value = self.order.args.get("portions")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_PORTIONS:
            raise RefusedError("bad_request", f"'portions' is a whole number up to {MOST_PORTIONS}")
        return value

    def temperature(self) -> float:
        value = self.order.args.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not COLDEST <= value <= HOTTEST:
            raise RefusedError("bad_request", f"'value' is a number of °C from {COLDEST:g} to {HOTTEST:g}")
        return float(value)

    def recipe(self) -> str | None:
        """A recipe of the stock."""
        recipe, known = self.maybe("recipe"), self.kitchen.stores.catalogue.recipes
        if recipe is not None and recipe not in known:
            raise RefusedError(
                "unknown_recipe", f"there is no recipe {recipe!r}; there are {', '.join(known) or 'none'}"
            )
        return recipe

    def food(self) -> str | None:
        return self.word("food", Food).value if self.given("food") else None

    def controls(self) -> tuple[str, ...]:
        """What the batch is judged by; the plan's when nothing is said."""
        given = self.order.args.get("controls")
        if given is None:
            return self.kitchen.plan.batch_controls
        known = list(BATCH_KINDS)
        if not isinstance(given, list) or not given or any(name not in known for name in given):
            raise RefusedError("bad_request", f"'controls' is a list of {', '.join(known)}")
        return tuple(control for control in known if control in given)
