"""What becomes of the kitchen when its clock is set: nothing is late, silent or missed for it, and dates come once."""

import tempfile
import weakref
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from clock_rig import ClockRig
from fakes import SECOND, FakeMachine
from food_rig import FoodRig, cook, in_a_blast_chiller, verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from kitchen_rig import NOW
from msgspec.structs import replace

from drivers.reading import Flag
from gateway.alarms.rows import from_row
from gateway.alarms.subjects import ControlSubject, PointSubject
from gateway.delivery.influxdb.source import JournalSource
from gateway.journal.coverage.of_point import coverage_of
from gateway.journal.coverage.stretches import Cover, totals
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.clock import ClockState, Undated, old_by
from gateway.journal.sealing.seal import due
from gateway.monitoring.batches.batch import ClockJump
from gateway.monitoring.batches.clock_change import across_jump
from gateway.monitoring.clock_change import Turn, rebase
from gateway.monitoring.control_points.refold import request_of
from gateway.runtime.clock.clock import GatewayClock
from gateway.runtime.clock.pace import BecameKnown, Jumped
from gateway.runtime.clock.watch import ClockWatch

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
TIMES = "SELECT measured_at FROM reading ORDER BY seq"
EVENTS = "SELECT kind FROM event WHERE subject = 'clock' ORDER BY id"
UNMOVED = """SELECT count(*) FROM meta WHERE key = 'clock' AND meta.value LIKE '%"known":true%"undated":{%'"""
MARKS = "SELECT quality, reason, flags FROM reading ORDER BY seq"


def times(gateway: ClockRig) -> list[int]:
    return [at for (at,) in gateway.rows(TIMES)]


def levels(gateway: ClockRig) -> list[str]:
    """What is told; the scale of this kitchen never sends."""
    return [alarm.level for alarm in gateway.kitchen.board.active if alarm.subject.key != "s1-weight"]


@pytest.mark.parametrize("by", [-2 * HOUR, DAY])
def test_nothing_is_late_or_silent_because_the_clock_was_set_and_a_limit_is_told_in_time(
    by: int, tmp_path: Path
) -> None:
    gateway = ClockRig(tmp_path, NOW)
    for _ in range(30):
        gateway.send(3.0)
    gateway.computer.time += by
    assert isinstance(gateway.look(), Jumped)
    for _ in range(10):
        gateway.send(6.0)
    gateway.restart(0)
    for _ in range(19):
        gateway.send(6.0)
    assert levels(gateway) == ["clock_jumped", "warning"]
    gateway.send(6.0)
    gateway.send(6.0)
    assert "critical" in levels(gateway)
    assert "stale" not in levels(gateway)
    assert gateway.kitchen.counters.late == 0
    assert len(set(times(gateway))) == 61


def test_an_on_delay_that_is_under_way_goes_on_and_a_standing_alarm_stands(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    gateway.send(3.0)
    for _ in range(20):
        gateway.send(6.0)
    assert levels(gateway) == ["warning"]
    gateway.computer.time -= 2 * HOUR
    gateway.look()
    for _ in range(12):
        gateway.send(6.0)
    assert "critical" in levels(gateway)
    gateway.computer.time += 3 * HOUR
    gateway.look()
    assert gateway.kitchen.board.is_standing(ControlSubject("ccp-c1", "c1-air"), "critical")
    for _ in range(8):
        gateway.send(3.0)
    assert not gateway.kitchen.board.is_standing(ControlSubject("ccp-c1", "c1-air"), "critical")


def test_a_device_that_keeps_its_own_time_is_neither_late_nor_silent(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    true = NOW
    for by in (0, DAY, -DAY - 2 * HOUR):
        gateway.computer.time += by
        gateway.look()
        for _ in range(30):
            true += 10 * SECOND
            gateway.send(3.0, own_time=true)
    assert gateway.kitchen.counters.late == 0
    assert "stale" not in levels(gateway)
    assert len(times(gateway)) == 90


def test_a_jump_forward_is_a_hole_in_the_coverage_that_has_its_name(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    for _ in range(12):
        gateway.send(3.0)
    gateway.computer.time += DAY
    gateway.look()
    for _ in range(12):
        gateway.send(3.0)
    now = gateway.clock.now()
    with closing(open_read_only(gateway.path)) as journal:
        found = totals(coverage_of(journal, "c1-air", since=NOW + 10 * SECOND, until=now, now=now, max_gap=2 * MINUTE))
    assert sum(found.values()) == now - NOW - 10 * SECOND
    assert found[Cover.GAP, "clock_unknown"] == pytest.approx(DAY, abs=30 * SECOND)
    assert set(found) == {(Cover.COVERED, None), (Cover.GAP, "clock_unknown")}


def without_date(gateway: ClockRig, readings: int, value: float = 3.0) -> int:
    """Boot in 1970 after an hour's power cut, and some readings; where the clock should stand."""
    gateway.boot, gateway.trusted = "second", False
    gateway.computer.wait(HOUR)
    true = gateway.computer.time - gateway.computer.passed
    gateway.computer.time = 0
    gateway.restart(0)
    for _ in range(readings):
        gateway.send(value)
    return true + gateway.computer.passed


def set_clock(gateway: ClockRig, true: int) -> None:
    gateway.computer.time, gateway.trusted = true, True


def test_readings_without_a_date_are_judged_and_get_it_once_whenever_a_crash_comes(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    for _ in range(6):
        gateway.send(3.0)
    true = without_date(gateway, 40, value=6.0)
    assert "critical" in levels(gateway)
    assert gateway.rows(MARKS)[-1] == (1, "clock_unsynced", 16)
    assert max(times(gateway)) < NOW + 10 * MINUTE
    gateway.restart(0)
    gateway.send(6.0)
    set_clock(gateway, true + 10 * SECOND)
    gateway.look(crash=True)
    assert gateway.rows(MARKS)[-1] == (1, "clock_unsynced", 16)
    assert isinstance(gateway.look(), BecameKnown)
    moved = times(gateway)
    gateway.restart(0)
    assert gateway.look() is None
    assert times(gateway) == moved
    assert moved[-1] == true + 10 * SECOND
    assert [after - before for before, after in pairwise(moved[6:])] == [10 * SECOND] * 40
    assert set(gateway.rows(MARKS)) == {(2, None, 0)}
    assert gateway.rows(EVENTS) == [("clock_unknown",), ("clock_set",), ("gap",)]


def test_what_has_no_date_is_neither_sent_nor_sealed_until_it_has_one_or_a_day_has_passed(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    for _ in range(6):
        gateway.send(3.0)
    without_date(gateway, 6)
    source = JournalSource(gateway.path, sink="influxdb", offsets={}, now=gateway.clock.now)
    weakref.finalize(gateway, source.close)
    assert len(source.read(0, 100)) == 6
    with closing(open_read_only(gateway.path)) as journal:
        assert due(journal, gateway.clock.now() + 4 * HOUR).hours == []
        assert len(due(journal, gateway.clock.now() + DAY + 4 * HOUR).hours) == 1
    gateway.computer.wait(DAY + HOUR)
    assert len(source.read(0, 100)) == 12
    for _ in range(3):
        gateway.send(3.0)
    assert len(source.read(0, 100)) == 12
    set_clock(gateway, NOW + 10 * DAY)
    gateway.look()
    assert [row.measured_at > NOW + 9 * DAY for row in source.read(12, 100)] == [True] * 3
    assert len(source.read(0, 100)) == 15
    assert [row[1] for row in gateway.rows(MARKS)] == [None] * 6 + ["clock_unsynced"] * 6 + [None] * 3
    source.close()


def test_what_a_logger_kept_during_the_power_cut_has_its_own_times_and_its_silence_is_told(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    for _ in range(6):
        gateway.send(3.0)
    true = without_date(gateway, 0)
    kept = [true - HOUR + number * MINUTE for number in range(1, 60)]
    for at in kept:
        gateway.send(3.0, own_time=at, after=SECOND)
    assert times(gateway)[6:] == kept
    assert "stale" not in levels(gateway)
    gateway.computer.wait(4 * MINUTE)
    gateway.kitchen.tick(gateway.batch, gateway.clock.now())
    assert "stale" in levels(gateway)
    set_clock(gateway, true + 5 * MINUTE)
    gateway.look()
    assert times(gateway)[6:] == kept
    gateway.send(3.0, own_time=true + 5 * MINUTE)
    assert gateway.kitchen.counters.late == 0
    assert not gateway.kitchen.board.is_standing(PointSubject("c1-air"), "stale")


def test_an_alarm_without_a_date_gets_it_with_its_readings_and_is_not_told_again(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    for _ in range(6):
        gateway.send(3.0)
    true = without_date(gateway, 40, value=6.0)
    for _ in range(12):
        gateway.send(3.0)
    told = {alarm.id: alarm.state for alarm in gateway.kitchen.board.active if alarm.kind == "limit"}
    set_clock(gateway, true + 120 * SECOND)
    gateway.look()
    control = gateway.kitchen.control_points.by_id["ccp-c1"]
    request = request_of(control, gateway.kitchen.by_id["c1-air"].corrections)
    assert request is not None
    with closing(open_read_only(gateway.path)) as journal:
        result = request.fold(journal, lambda: None)
    gateway.kitchen.control_points.take_refolded(
        gateway.batch, result, map(from_row, result.known), gateway.clock.now()
    )
    gateway.commit(gateway.clock.now())
    after = [alarm for alarm in gateway.kitchen.board.active if alarm.kind == "limit"]
    assert {alarm.id: alarm.state for alarm in after} == told
    assert all(alarm.started_at > NOW + HOUR for alarm in after)
    assert "gateway_was_off" in levels(gateway)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["send", "send", "twice", "back", "forward", "reboot", "crash", "known"]), max_size=15),
    st.integers(-3 * HOUR, 3 * HOUR),
)
def test_whatever_becomes_of_the_clock_no_reading_is_lost_or_doubled_and_none_is_late(
    happenings: list[str], by: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        gateway = ClockRig(Path(folder), NOW)
        sent = sum(happen(gateway, each, number, by) for number, each in enumerate(happenings))
        found = times(gateway)
        assert len(found) == sent == len(set(found))
        assert min(found, default=NOW) > NOW - DAY
        assert gateway.kitchen.counters.late == 0
        assert gateway.rows(UNMOVED) == [(0,)]
        gateway.journal.close()


def happen(gateway: ClockRig, what: str, number: int, by: int) -> int:
    """How many readings that was."""
    sent = 0
    match what:
        case "send":
            gateway.send(3.0)
            sent = 1
        case "twice":
            gateway.send(3.0)
            gateway.send(3.0, after=0)
            sent = 2
        case "back":
            gateway.computer.time -= abs(by)
        case "forward":
            gateway.computer.time += abs(by)
        case "reboot":
            gateway.boot, gateway.trusted = f"boot {number}", False
            gateway.computer.passed = 0
            gateway.restart(0)
        case "crash":
            gateway.restart(0)
        case "known":
            gateway.trusted = True
    gateway.look()
    return sent


def test_a_clock_that_was_set_to_a_wrong_year_makes_nothing_old_for_a_day(tmp_path: Path) -> None:
    gateway = ClockRig(tmp_path, NOW)
    gateway.send(3.0)
    gateway.computer.time += 400 * DAY
    gateway.look()
    with closing(open_read_only(gateway.path)) as journal:
        assert NOW < old_by(journal, gateway.clock.now()) < NOW + MINUTE
        gateway.computer.wait(2 * DAY)
        assert old_by(journal, gateway.clock.now()) == gateway.clock.now()


def test_a_batch_keeps_what_was_decided_before_the_clock_was_set_and_passes_nothing_else(tmp_path: Path) -> None:
    kitchen = FoodRig(tmp_path)
    now = kitchen.take(cook(110, in_a_blast_chiller, room=2.0))
    before = kitchen.the_batch()
    assert verdict(before, "cooking")["verdict"] == "PASS"
    turn = Turn(now, now - 2 * HOUR)
    rebase(kitchen.kitchen, kitchen.batch, turn)
    across_jump(kitchen.kitchen.batches, kitchen.batch, ClockJump(turn.old, turn.new))
    kitchen.settle(turn.new)
    for late in (False, True):
        if late:
            kitchen.restart(turn.new + MINUTE)
        kitchen.settle(turn.new + MINUTE)
        batch = kitchen.the_batch()
        # What was decided within the two hours that came twice has no certain time either.
        assert {one["verdict"] for one in batch["verdicts"]} == {"INDETERMINATE"}
        assert batch["outcome"] == "INDETERMINATE"
        assert "-120" in str(batch["verdicts"][0]["reasons"])


def test_what_was_decided_before_a_jump_stands_and_the_rest_of_the_batch_is_open(tmp_path: Path) -> None:
    kitchen = FoodRig(tmp_path)
    now = kitchen.take(cook(110, in_a_blast_chiller, room=2.0))
    turn = Turn(now, now + DAY)
    rebase(kitchen.kitchen, kitchen.batch, turn)
    across_jump(kitchen.kitchen.batches, kitchen.batch, ClockJump(turn.old, turn.new))
    kitchen.settle(turn.new)
    kitchen.say("batch_close", turn.new, batch=kitchen.the_batch()["id"])
    batch = kitchen.the_batch()
    assert verdict(batch, "cooking")["verdict"] == "PASS"
    assert verdict(batch, "cooling")["verdict"] == "INDETERMINATE"
    assert verdict(batch, "eat_by")["verdict"] == "INDETERMINATE"
    assert not [alarm for alarm in kitchen.alarms() if alarm.level == "critical"]


def test_a_batch_without_a_date_is_judged_as_if_it_had_had_one_from_the_first(tmp_path: Path) -> None:
    (tmp_path / "dated").mkdir()
    (tmp_path / "undated").mkdir()
    dated, undated = FoodRig(tmp_path / "dated"), FoodRig(tmp_path / "undated")
    now = dated.take(cook(200, in_a_blast_chiller))
    undated.kitchen.clock_known = False
    undated.take([replace(reading, flags=Flag.RELATIVE) for reading in cook(120, in_a_blast_chiller)])
    span = Undated(NOW, 0)
    turn = Turn(NOW + 120 * MINUTE, NOW + 120 * MINUTE + 5 * DAY)
    watch = ClockWatch(StandingClock(turn), undated.kitchen, undated.journal)
    watch.begin(undated.batch, ClockState("second", 0, known=False, undated=span))
    watch.draw(undated.batch, BecameKnown(turn.old, turn.new))
    undated.settle(turn.new)
    later = [
        replace(reading, measured_at=turn(reading.measured_at or 0))
        for reading in cook(200, in_a_blast_chiller, since=120)
    ]
    undated.take(later)
    [one], [other] = dated.kitchen.batches.live.values(), undated.kitchen.batches.live.values()
    assert other.batch.opened_at == turn(one.batch.opened_at)
    assert [(each.control, each.verdict.outcome) for each in other.judged] == [
        (each.control, each.verdict.outcome) for each in one.judged
    ]
    [(before, after)] = [
        (each.verdict.decided_at, same.verdict.decided_at)
        for each, same in zip(one.judged, other.judged, strict=True)
        if each.control == "cooling"
    ]
    assert after == turn(before or 0)
    assert now < turn.new


class StandingClock(GatewayClock):
    """A clock in the moment in which it becomes known."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(FakeMachine(turn.old), boot="second")
        self._pace = self._pace._replace(known=False)
