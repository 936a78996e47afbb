"""A probe that proves wrong has batches of weeks ago judged anew; a verdict that a check changes was not late."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.commands import Order
from gateway.food.recall import Recall
from gateway.sensors.commands import CALIBRATION_COMMANDS
from tests.gateway.test_food_batches import MINUTE, NOW, Gateway, measured

DAY = 24 * 60 * MINUTE


class Remembering(Gateway):
    """With what the pipeline does around a commit."""

    def commit(self, now: int) -> None:
        recall = Recall(self.kitchen, self.journal)
        recall.find(self.batch, now)
        super().commit(now)
        recall.take_up(self.batch)
        if self.batch.refold_due:
            super().commit(now)

    def check(self, now: int, *ice: float) -> None:
        self.keys += 1
        order = Order({"who": "siti", "point": "pot", "ice": list(ice)}, f"key-{self.keys}", now)
        CALIBRATION_COMMANDS["calibration_check"].obey(self.kitchen, self.batch, order)


@pytest.fixture
def gateway(tmp_path: Path) -> Remembering:
    return Remembering(tmp_path)


def cooked(gateway: Gateway, day: int) -> str:
    """A batch that reached 75 °C, as its probe says, and is closed."""
    begin = day * 24 * 60
    said = {"product": "Ayam", "point": "pot", "food": "poultry", "controls": ["cooking"]}
    batch = str(gateway.say("batch_open", NOW + begin * MINUTE, **said)["id"])
    now = gateway.take([measured(begin + half / 2, min(75.0, 60 + half)) for half in range(40)])
    gateway.say("batch_close", now, batch=batch)
    return batch


def verdicts(gateway: Gateway, batch: str) -> list[tuple[Any, ...]]:
    return gateway.rows(f"SELECT verdict, late, body FROM verdict WHERE final AND batch = '{batch}' ORDER BY id")


def reasons(row: tuple[Any, ...]) -> set[str]:
    return {reason["sentence"] for reason in json.loads(row[2])["reasons"]}


def forgotten(gateway: Gateway, now: int) -> None:
    """So much later that the batches are no longer in memory."""
    gateway.settle(now)
    assert not gateway.kitchen.batches.live


@pytest.mark.parametrize("restarts", [False, True])
def test_batches_of_weeks_ago_are_judged_anew_when_the_probe_proves_wrong(gateway: Remembering, restarts: bool) -> None:
    batches = [cooked(gateway, day) for day in (0, 3)]
    forgotten(gateway, NOW + 20 * DAY)
    gateway.check(NOW + 20 * DAY, 2.0, 2.0, 2.0)
    if restarts:
        Recall(gateway.kitchen, gateway.journal).find(gateway.batch, NOW + 20 * DAY)
        gateway.journal.commit(gateway.batch, NOW + 20 * DAY)
        gateway.restart(NOW + 21 * DAY)
    gateway.settle(NOW + 21 * DAY)
    for batch in batches:
        before, after = verdicts(gateway, batch)
        assert (before[0], after[0]) == ("PASS", "FAIL")
        assert (before[1], after[1]) == (0, 0)
        assert "doubted_calibration" in reasons(after)
    alarms = [alarm for alarm in gateway.alarms() if alarm.level == "critical"]
    assert sorted(str(alarm.batch) for alarm in alarms) == batches
    assert all(alarm.late and alarm.state == "RETURNED_UNACKNOWLEDGED" for alarm in alarms)
    assert gateway.rows("SELECT * FROM refold_due") == []
    forgotten(gateway, NOW + 22 * DAY)


def test_what_was_before_the_last_good_check_stays_as_it_was_judged(gateway: Remembering) -> None:
    first = cooked(gateway, 0)
    gateway.check(NOW + DAY, 0.0, 0.0, 0.0)
    second = cooked(gateway, 3)
    forgotten(gateway, NOW + 20 * DAY)
    gateway.check(NOW + 20 * DAY, 2.0, 2.0, 2.0)
    gateway.settle(NOW + 20 * DAY)
    assert [len(verdicts(gateway, batch)) for batch in (first, second)] == [1, 2]


def test_a_batch_whose_readings_are_kept_no_more_is_not_judged_by_what_is_left(gateway: Remembering) -> None:
    batches = [cooked(gateway, day) for day in (0, 3)]
    forgotten(gateway, NOW + 20 * DAY)
    body = json.dumps({"from": NOW - DAY, "to": NOW + DAY})
    with sqlite3.connect(gateway.path) as writer:
        writer.execute(
            "INSERT INTO event (key, kind, subject, at, recorded_at, body, previous, hash) "
            "VALUES ('retired:1', 'readings_retired', 'journal', 0, 0, ?, x'', x'')",
            (body,),
        )
    writer.close()
    gateway.check(NOW + 20 * DAY, 2.0, 2.0, 2.0)
    gateway.settle(NOW + 20 * DAY)
    assert [len(verdicts(gateway, batch)) for batch in batches] == [1, 2]


def test_a_verdict_that_a_check_changes_is_not_marked_late(gateway: Remembering) -> None:
    batch = cooked(gateway, 0)
    gateway.check(NOW + DAY, 2.0, 2.0, 2.0)
    gateway.settle(NOW + DAY)
    assert [row[:2] for row in verdicts(gateway, batch)] == [("PASS", 0), ("FAIL", 0)]
