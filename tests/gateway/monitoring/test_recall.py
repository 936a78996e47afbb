"""A probe that proves wrong has batches of weeks ago judged anew; a verdict that a check changes was not late."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from food_rig import MINUTE, NOW, FoodRig, measured

from gateway.alarms.alarm import Alarm
from gateway.cli.verify_refold import differences
from gateway.journal.files.read_only import open_read_only
from gateway.messages.alarm_words import Names, words_of
from gateway.messages.words import plain
from gateway.monitoring.recall import Recall

DAY = 24 * 60 * MINUTE


class Remembering(FoodRig):
    """With what the pipeline does around a commit."""

    def commit(self, now: int) -> None:
        recall = Recall(self.kitchen, self.journal)
        recall.find(self.batch, self.kitchen.changes.take().corrected, now)
        super().commit(now)
        recall.take_up(self.batch)
        if self.batch.refold_due:
            super().commit(now)

    def check(self, now: int, *ice: float) -> None:
        self.give("calibration_check", now, point="pot", ice=list(ice))


@pytest.fixture
def gateway(tmp_path: Path) -> Remembering:
    return Remembering(tmp_path)


def cooked(gateway: FoodRig, day: int) -> str:
    """A batch that reached 75 °C, as its probe says, and is closed."""
    begin = day * 24 * 60
    said = {"product": "Ayam", "point": "pot", "food": "poultry", "controls": ["cooking"]}
    batch = str(gateway.say("batch_open", NOW + begin * MINUTE, **said)["id"])
    now = gateway.take([measured(begin + half / 2, min(75.0, 60 + half)) for half in range(40)])
    gateway.say("batch_close", now, batch=batch)
    return batch


def verdicts(gateway: FoodRig, batch: str) -> list[tuple[Any, ...]]:
    return gateway.rows(f"SELECT verdict, late, body FROM verdict WHERE final AND batch = '{batch}' ORDER BY id")


def reasons(row: tuple[Any, ...]) -> set[str]:
    return {reason["sentence"] for reason in json.loads(row[2])["reasons"]}


def told(gateway: FoodRig) -> Alarm:
    """The one alarm of all that fails by a check."""
    (alarm,) = [alarm for alarm in gateway.kitchen.board.active if alarm.level == "batches_fail"]
    return alarm


def forgotten(gateway: FoodRig, now: int) -> None:
    """So much later that the batches are no longer in memory."""
    gateway.settle(now)
    assert not gateway.kitchen.batches.live


@pytest.mark.parametrize("restarts", [False, True])
def test_batches_of_weeks_ago_are_judged_anew_when_the_probe_proves_wrong(gateway: Remembering, restarts: bool) -> None:
    batches = [cooked(gateway, day) for day in (0, 3)]
    forgotten(gateway, NOW + 20 * DAY)
    gateway.check(NOW + 20 * DAY, 2.0, 2.0, 2.0)
    if restarts:
        Recall(gateway.kitchen, gateway.journal).find(gateway.batch, gateway.kitchen.changes.corrected, NOW + 20 * DAY)
        gateway.journal.commit(gateway.batch, NOW + 20 * DAY)
        gateway.restart(NOW + 21 * DAY)
    gateway.settle(NOW + 21 * DAY)
    for batch in batches:
        before, after = verdicts(gateway, batch)
        assert (before[0], after[0]) == ("PASS", "FAIL")
        assert (before[1], after[1]) == (0, 0)
        assert "doubted_calibration" in reasons(after)
    assert gateway.alarms() == [], "none by itself"
    alarm = told(gateway)
    assert (alarm.subject.point, alarm.state, sorted((alarm.reason or "").split())) == (
        "pot",
        "RETURNED_UNACKNOWLEDGED",
        batches,
    )
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


def test_twelve_batches_of_a_wrong_probe_are_one_alarm_that_names_them(gateway: Remembering) -> None:
    batches = [cooked(gateway, day) for day in range(12)]
    gateway.check(NOW + 20 * DAY, 2.0, 2.0, 2.0)
    for _ in range(4):
        gateway.settle(NOW + 20 * DAY)
    assert [len(verdicts(gateway, batch)) for batch in batches] == [2] * 12
    assert gateway.alarms() == []
    alarm = told(gateway)
    assert sorted((alarm.reason or "").split()) == batches
    names = Names(points={"pot": plain("Panci")}, control_kinds={}, items={}, zone=gateway.config.kitchen.timezone)
    said = words_of(alarm, names, now=NOW)
    assert said["id"].startswith("Panci: 12 batch lama ternyata tidak memenuhi syarat, karena probe ini salah: ")
    assert "and 7 more" in said["en"]
    connection = open_read_only(gateway.path)
    assert list(differences(connection)) == []
    connection.close()


def test_what_was_told_is_not_told_again_by_the_next_check_or_a_restart(gateway: Remembering) -> None:
    cooked(gateway, 0)
    gateway.check(NOW + DAY, 2.0, 2.0, 2.0)
    gateway.settle(NOW + DAY)
    gateway.kitchen.board.acknowledge(gateway.batch, told(gateway), who="siti", note=None, at=NOW + DAY, key="seen")
    gateway.settle(NOW + DAY)
    gateway.restart(NOW + DAY)
    gateway.settle(NOW + DAY)
    gateway.check(NOW + 2 * DAY, 3.0, 3.0, 3.0)
    gateway.settle(NOW + 2 * DAY)
    assert [alarm for alarm in gateway.kitchen.board.active if alarm.level == "batches_fail"] == []


def test_food_that_is_still_there_has_an_alarm_of_its_own(gateway: Remembering) -> None:
    """Somebody can act on it: it is not among those of the past."""
    said = {"product": "Ayam", "point": "pot", "food": "poultry", "controls": ["cooking"]}
    batch = str(gateway.say("batch_open", NOW, **said)["id"])
    now = gateway.take([measured(half / 2, min(75.0, 60 + half)) for half in range(40)])
    gateway.say("batch_mark", now, batch=batch, event="cooking_ended")
    gateway.check(now + MINUTE, 2.0, 2.0, 2.0)
    gateway.settle(now + MINUTE)
    assert [alarm.subject.batch for alarm in gateway.alarms()] == [batch]
