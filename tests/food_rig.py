"""A kitchen with batches of food, on a real journal; late readings are folded at each commit."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from desk import Person
from kitchen_rig import MINUTE, NOW, KitchenRig
from shapes import as_client

from drivers.reading import Quantity, Reading
from gateway.alarms.alarm import Alarm
from gateway.config import Config, parse
from gateway.journal.files.read_only import open_read_only
from gateway.monitoring.batches.commands import BATCH_COMMANDS
from gateway.monitoring.batches.refold import BatchRefold
from gateway.monitoring.batches.snapshot import batch_now
from gateway.monitoring.control_points.refold import ControlRefold, request_of
from gateway.monitoring.probes.commands import CALIBRATION_COMMANDS
from gateway.records.commands import bind
from gateway.records.transaction import Transaction
from gateway.runtime.commands import batch_scope, calibration_scope

PLAN = """
kitchen: {id: k1, name: Dapur, people: [{id: siti, name: Siti}]}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
haccp: {overrides: [{control: eat_by, limit: within_min, value: 300, reason: near schools}]}
points:
  - {id: pot, name: Panci, device: c1, channel: pot, quantity: temperature, interval: 30s, measures: food, room: hall}
  - {id: chiller, name: Chiller, device: c1, channel: chiller, quantity: temperature, interval: 30s, measures: food}
  - {id: hall, name: Dapur, device: c1, channel: hall, quantity: temperature, interval: 30s}
control_points:
  - {id: ccp-chiller, kind: cold_holding, point: chiller, critical_limit: 5}
"""
CONFIG: Config = parse(PLAN, Path("kitchen.yaml"))


class FoodRig(KitchenRig):
    """A kitchen whose pots have probes, and people who say what is in them."""

    def __init__(self, folder: Path, now: int = NOW, config: Config = CONFIG) -> None:
        self.keys = 0
        super().__init__(folder, now, config)

    def begin(self) -> None:
        self.person = Person(
            [
                *bind(BATCH_COMMANDS, batch_scope(self.kitchen)),
                *bind(CALIBRATION_COMMANDS, calibration_scope(self.kitchen)),
            ]
        )

    def committed(self, transaction: Transaction, now: int) -> None:
        for subject in transaction.refold_due:
            self.fold_again(subject, now)

    def fold_again(self, subject: str, now: int) -> None:
        control = self.kitchen.control_points.by_id.get(subject)
        due: BatchRefold | ControlRefold | None = self.kitchen.batches.refolds.request_of(subject)
        if control is not None:
            due = request_of(control, self.kitchen.control_points.point_of(control).corrections)
        if due is None:
            return
        connection = open_read_only(self.path)
        result = due.fold(connection, lambda: None)
        connection.close()
        if isinstance(due, BatchRefold):
            self.kitchen.batches.refolds.take(self.batch, result, now)  # type: ignore[arg-type]

    def take(self, readings: Iterable[Reading], *, every: int = 10) -> int:
        """Take readings as they were measured, with ticks and commits between; the time of the last one."""
        at = NOW
        for number, reading in enumerate(readings):
            at = reading.measured_at or NOW
            self.kitchen.take(self.batch, reading, at)
            if number % every == every - 1:
                self.kitchen.tick(self.batch, at)
                self.commit(at)
        self.settle(at)
        return at

    def settle(self, now: int) -> None:
        """Until nothing is due any more."""
        for _ in range(4):
            self.kitchen.tick(self.batch, now)
            self.commit(now)

    def give(self, command: str, now: int, **args: Any) -> dict[str, Any]:
        """A person gives a command; its answer, before the commit."""
        self.keys += 1
        return self.person.give(self.batch, command, {"who": "siti", **args}, key=f"key-{self.keys}", now=now)

    def say(self, command: str, now: int, **args: Any) -> dict[str, Any]:
        """As `give`, until nothing is due any more."""
        answer = self.give(command, now, **args)
        self.settle(now)
        return answer

    def batch_of(self, name: str) -> dict[str, Any]:
        """The batch as a client gets it."""
        batch: dict[str, Any] = as_client(batch_now(self.kitchen.batches.live[name], self.kitchen.plan))
        return batch

    def the_batch(self) -> dict[str, Any]:
        (name,) = self.kitchen.batches.live
        return self.batch_of(name)

    def alarms(self) -> list[Alarm]:
        """Those about batches."""
        return [alarm for alarm in self.kitchen.board.active if alarm.kind == "batch"]


def measured(minute: float, value: float, channel: str = "pot") -> Reading:
    return Reading(
        device="c1",
        channel=channel,
        quantity=Quantity.TEMPERATURE,
        value=round(value, 2),
        unit="Cel",
        measured_at=NOW + round(minute * MINUTE),
    )


def cook(until: float, cooling: Callable[[float], float], *, room: float = 29.0, since: float = 0.0) -> list[Reading]:
    """A pot that is heated for 30 minutes, boils for 30, and then cools; minutes from `since` to `until`."""
    found = []
    for half in range(round(2 * since), round(2 * until)):
        minute = half / 2
        value = 28 + 70 * minute / 30 if minute < 30 else 98.0 if minute < 60 else cooling(minute - 60)
        found += [measured(minute, value), measured(minute, room, "hall")]
    return found


def in_the_kitchen(minute: float) -> float:
    return 29 + 69 * math.exp(-0.01 * minute)


def in_a_blast_chiller(minute: float) -> float:
    return 2 + 96 * math.exp(-0.02 * minute)


def verdict(batch: dict[str, Any], control: str, source: str = "sensor") -> dict[str, Any]:
    return next(one for one in batch["verdicts"] if (one["control"], one["source"]) == (control, source))
