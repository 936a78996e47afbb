"""What readings that come late prove of a batch is told once: one conversation, with both times, upwards only."""

from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from food_rig import MINUTE, NOW, FoodRig, measured

from drivers.reading import Flag, Reading
from gateway.alarms.alarm import Alarm
from gateway.messages.alarm_words import Names, words_of

END = NOW + 500 * MINUTE


@pytest.fixture
def gateway(tmp_path: Path) -> FoodRig:
    return FoodRig(tmp_path)


def a_pot_that_stays_warm(since: float = 0, until: float = 480) -> list[Reading]:
    """Cooked to 70 for a moment, never hot enough for poultry, then at 40 for the night."""
    values = [(minute, 70.0 if minute < 10 else 40.0) for minute in range(round(since), round(until))]
    return [measured(minute, value) for minute, value in values]


def opened(gateway: FoodRig) -> str:
    batch = str(gateway.say("batch_open", NOW, product="Ayam", point="pot", food="poultry")["id"])
    gateway.say("batch_mark", NOW + 10 * MINUTE, batch=batch, event="cooking_ended")
    return batch


def arrives(gateway: FoodRig, readings: list[Reading], *, at: int = END, judged_each: int = 1_000) -> None:
    """Readings that were kept while the way to the gateway was cut."""
    for number, reading in enumerate(readings):
        gateway.kitchen.take(gateway.batch, reading, at)
        if number % judged_each == judged_each - 1:
            gateway.settle(at + number * MINUTE)
    gateway.settle(at)


def critical(gateway: FoodRig) -> list[Alarm]:
    return [alarm for alarm in gateway.alarms() if alarm.level == "critical"]


def raised(gateway: FoodRig) -> int:
    """How often somebody was called about a critical failure of a batch."""
    return int(
        gateway.rows(
            "SELECT count(*) FROM event WHERE kind IN ('alarm_raised', 'alarm_found_late') "
            "AND subject LIKE '2026%' AND json_extract(body, '$.level') = 'critical'"
        )[0][0]
    )


@pytest.mark.parametrize("order", ["in order", "after a newer one", "marked historical"])
def test_readings_of_an_outage_that_fail_several_controls_are_one_notice_with_both_times(
    gateway: FoodRig, order: str
) -> None:
    batch = opened(gateway)
    readings = a_pot_that_stays_warm()
    if order == "marked historical":
        readings = [msgspec.structs.replace(reading, flags=Flag.HISTORICAL) for reading in readings]
    elif order == "after a newer one":
        readings = [readings[-1], *readings[:-1]]
    arrives(gateway, readings)
    (alarm,) = critical(gateway)
    told = {row[0]: row[1] for row in gateway.rows("SELECT control, verdict FROM verdict ORDER BY id")}
    failed = {control for control, verdict in told.items() if verdict == "FAIL"}
    assert failed == {"cooking", "cooling", "exposure", "eat_by"}
    assert set(alarm.subject.controls) == failed
    assert raised(gateway) == 1
    assert alarm.late
    assert alarm.started_at < NOW + 11 * MINUTE
    assert alarm.known_at == END
    assert alarm.subject.batch == batch


def test_its_words_name_all_that_failed_in_indonesian_first(gateway: FoodRig) -> None:
    opened(gateway)
    arrives(gateway, a_pot_that_stays_warm())
    (alarm,) = critical(gateway)
    said = words_of(alarm, Names({}, {}, {}, ZoneInfo("Asia/Jakarta")), now=END, product="Ayam")
    assert list(said) == ["id", "en"]
    assert said["id"].startswith("Ayam (20261124-01): ")
    for word in ("pemasakan", "pendinginan", "zona bahaya", "batas waktu makan"):
        assert word in said["id"]


def test_a_flush_that_is_judged_in_between_is_still_one_conversation(gateway: FoodRig) -> None:
    opened(gateway)
    arrives(gateway, a_pot_that_stays_warm(), judged_each=40)
    (alarm,) = critical(gateway)
    assert raised(gateway) == 1
    assert set(alarm.subject.controls) >= {"exposure", "cooling", "eat_by"}


def test_more_that_is_proved_after_an_acknowledgement_asks_once_more_and_withdraws_nothing(gateway: FoodRig) -> None:
    batch = opened(gateway)
    arrives(gateway, a_pot_that_stays_warm(until=200), at=NOW + 205 * MINUTE)
    (first,) = critical(gateway)
    assert "exposure" not in first.subject.controls
    gateway.kitchen.board.acknowledge(gateway.batch, first, who="siti", note="dipisahkan", at=END, key="seen")
    arrives(gateway, a_pot_that_stays_warm(since=200), at=END + MINUTE)
    (alarm,) = critical(gateway)
    assert alarm.id == first.id
    assert alarm.state == "UNACKNOWLEDGED"
    assert "exposure" in alarm.subject.controls
    assert (alarm.acknowledgement.by, alarm.acknowledgement.note) == ("siti", "dipisahkan")
    gateway.say("batch_close", END + 2 * MINUTE, batch=batch)
    assert [one.state for one in critical(gateway)] == ["RETURNED_UNACKNOWLEDGED"]


def test_a_restart_does_not_tell_again_what_one_notice_told(gateway: FoodRig) -> None:
    batch = opened(gateway)
    arrives(gateway, a_pot_that_stays_warm())
    (before,) = critical(gateway)
    gateway.say("batch_close", END + MINUTE, batch=batch)
    gateway.restart(END + 2 * MINUTE)
    arrives(gateway, [measured(300.5, 41.0)], at=END + 3 * MINUTE)
    (after,) = critical(gateway)
    assert (after.id, after.subject.controls) == (before.id, before.subject.controls)
    assert raised(gateway) == 1


def test_what_fails_while_it_is_watched_is_told_when_it_fails_each_by_itself(gateway: FoodRig) -> None:
    opened(gateway)
    gateway.take(a_pot_that_stays_warm(), every=1)
    assert sorted(alarm.subject.controls for alarm in critical(gateway)) == [
        ("cooking",),
        ("cooling",),
        ("eat_by",),
        ("exposure",),
    ]
    assert not any(alarm.late for alarm in critical(gateway))
