"""The kitchen's state: what a reading makes of it, and that a restart makes nothing of it."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from kitchen_rig import CONFIG, MINUTE, NOW, PLAN, KitchenRig, cold, kinds_of, weighing

from drivers.reading import Flag, Quality, Quantity, Reading, Reason
from gateway.alarms.alarm import AlarmState
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.rows import from_row
from gateway.alarms.subjects import ControlSubject, PointSubject
from gateway.config import parse
from gateway.journal.history.clock import ALIVE
from gateway.journal.journal import Journal
from gateway.monitoring.communication_loss import device_is_gone
from gateway.monitoring.control_points.refold import request_of
from gateway.monitoring.points.point import state_of
from gateway.monitoring.restore import go_on, kitchen_of
from gateway.records.transaction import Transaction


def test_the_calibration_offset_is_judged_and_shown_but_the_raw_value_is_kept(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take(cold(minute, 5.4) for minute in range(10))
    gateway.commit(NOW)
    point = gateway.kitchen.by_id["c1-air"]
    assert point.latest is not None
    assert point.latest.value == 4.9
    assert gateway.kitchen.board.of(ControlSubject("ccp-c1", "c1-air"), AlarmLevel.CRITICAL) is None
    assert gateway.rows("SELECT DISTINCT value FROM reading") == [(5.4,)]


def test_what_cannot_be_trusted_is_kept_and_not_judged(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take(cold(minute, 120.0) for minute in range(10))
    gateway.take([cold(11, None, quality=Quality.BAD, reason=Reason.SENSOR_FAILURE)])
    gateway.commit(NOW)
    assert gateway.kitchen.board.active == []
    assert gateway.rows("SELECT quality, reason, count(*) FROM reading GROUP BY 1 ORDER BY 1") == [
        (0, "sensor_failure", 1),
        (1, "out_of_range", 10),
    ]
    assert state_of(gateway.kitchen.by_id["c1-air"], NOW + 11 * MINUTE) == "fault"


STRICT = parse(
    PLAN.replace("critical_limit: 5, warning_limit: 4, on_delay: 5m,\n     warning_on_delay: 2m, off_delay: 1m", ""),
    Path("kitchen.yaml"),
)
"""The chiller by the profile: above 8 at once, above 5 for half an hour."""


def refold(gateway: KitchenRig, now: int) -> None:
    point = gateway.kitchen.by_id["c1-air"]
    due = [request for control in point.controls if (request := request_of(control, point.corrections)) is not None]
    assert len(due) > 2
    with closing(sqlite3.connect(gateway.path)) as connection:
        connection.row_factory = sqlite3.Row
        for request in due:
            result = request.fold(connection, lambda: None)
            gateway.kitchen.control_points.take_refolded(gateway.batch, result, map(from_row, result.known), now)
    gateway.commit(now)


def test_late_readings_that_pass_two_limits_of_one_control_point_are_one_alarm(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path, config=STRICT)
    gateway.take([cold(180, 3.0)])
    gateway.take((cold(minute, 12.0 if 20 <= minute < 80 else 3.0) for minute in range(120)), NOW + 181 * MINUTE)
    gateway.commit(NOW + 181 * MINUTE)
    refold(gateway, NOW + 182 * MINUTE)
    told = [(alarm.level, alarm.state, alarm.late) for alarm in gateway.kitchen.board.active]
    assert told == [("critical", AlarmState.RETURNED_UNACKNOWLEDGED, True)]


def test_what_was_told_of_two_limits_is_told_again_when_late_readings_show_worse(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path, config=STRICT)
    gateway.take(
        cold(minute, 12.0 if 20 <= minute < 80 else 6.0 if 80 <= minute < 90 else 3.0) for minute in range(180)
    )
    gateway.commit(NOW + 180 * MINUTE)
    assert [alarm.level for alarm in gateway.kitchen.board.active] == ["critical", "critical"]
    gateway.take([cold(40.5, 20.0)], NOW + 181 * MINUTE)
    gateway.commit(NOW + 181 * MINUTE)
    refold(gateway, NOW + 182 * MINUTE)
    assert {(alarm.worst, alarm.late) for alarm in gateway.kitchen.board.active} == {(19.5, True)}


def test_a_probe_that_stands_still_where_it_always_moved_is_no_data_also_after_a_restart(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take(cold(minute, 3.0 + minute % 3 / 10) for minute in range(400))
    gateway.take(cold(400 + minute, 3.0) for minute in range(70))
    gateway.kitchen.tick(gateway.batch, NOW + 470 * MINUTE)
    gateway.commit(NOW + 470 * MINUTE)
    assert gateway.rows("SELECT value, quality, reason, count(*) FROM reading WHERE quality < 2 GROUP BY reason") == [
        (3.0, 1, "stuck", 11)
    ]
    alarm = gateway.kitchen.board.of(PointSubject("c1-air"), AlarmLevel.STALE)
    assert alarm is not None
    assert alarm.reason == "stuck"
    gateway.restart(NOW + 471 * MINUTE)
    gateway.take([cold(472, 3.0)])
    assert state_of(gateway.kitchen.by_id["c1-air"], NOW + 472 * MINUTE) == "stale"
    gateway.take([cold(473, 3.2)])
    assert state_of(gateway.kitchen.by_id["c1-air"], NOW + 473 * MINUTE) == "normal"


def test_a_probe_that_falls_silent_alarms_after_three_intervals_with_the_priority_of_its_limit(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take([cold(0, 3.0)])
    gateway.kitchen.tick(gateway.batch, NOW + 3 * MINUTE)
    assert gateway.kitchen.board.of(PointSubject("c1-air"), AlarmLevel.STALE) is None
    gateway.kitchen.tick(gateway.batch, NOW + 3 * MINUTE + 1)
    alarm = gateway.kitchen.board.of(PointSubject("c1-air"), AlarmLevel.STALE)
    assert alarm is not None
    assert (alarm.priority, alarm.started_at) == ("high", NOW)
    gateway.take([cold(10, 3.0)])
    returned = gateway.kitchen.board.of(PointSubject("c1-air"), AlarmLevel.STALE)
    assert returned is not None
    assert returned.state is AlarmState.RETURNED_UNACKNOWLEDGED


def test_a_retained_value_without_a_time_is_no_new_sample_and_returns_nothing_to_normal(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take([cold(0, 3.0)])
    gateway.kitchen.tick(gateway.batch, NOW + 10 * MINUTE)
    retained = Reading(
        device="c1",
        channel="temperature",
        quantity=Quantity.TEMPERATURE,
        value=2.0,
        unit="Cel",
        flags=Flag.RETAINED,
    )
    gateway.take([retained], now=NOW + 11 * MINUTE)
    stale = gateway.kitchen.board.of(PointSubject("c1-air"), AlarmLevel.STALE)
    assert stale is not None
    assert stale.standing
    assert gateway.kitchen.by_id["c1-air"].latest.value == 2.5  # type: ignore[union-attr]


def test_a_device_that_says_it_is_offline_has_no_value_from_then_on(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take([cold(0, 3.0)])
    for _ in range(2):
        device_is_gone(gateway.kitchen, gateway.batch, "c1", at=NOW + MINUTE)
    gateway.commit(NOW)
    assert state_of(gateway.kitchen.by_id["c1-air"], NOW + MINUTE) == "fault"
    assert gateway.rows("SELECT value, reason FROM reading ORDER BY seq") == [(3.0, None), (None, "no_communication")]


def test_a_warning_gives_way_to_the_critical_alarm_and_comes_back_after_it(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take(cold(minute, 9.0) for minute in range(8))
    assert [alarm.level for alarm in gateway.kitchen.board.active] == ["critical"]
    gateway.take(cold(minute, 4.7) for minute in range(8, 12))
    levels = {alarm.level: alarm.state for alarm in gateway.kitchen.board.active}
    assert levels == {
        "critical": AlarmState.RETURNED_UNACKNOWLEDGED,
        "warning": AlarmState.UNACKNOWLEDGED,
    }


def test_a_gateway_that_was_off_says_so_before_anything_else(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.batch.meta[ALIVE] = str(NOW)
    gateway.commit(NOW)
    gateway.restart(NOW + 30 * MINUTE)
    (alarm,) = gateway.kitchen.board.active
    assert (alarm.level, alarm.state) == ("gateway_was_off", AlarmState.RETURNED_UNACKNOWLEDGED)
    assert gateway.rows("SELECT at, json_extract(body, '$.to') FROM event WHERE kind = 'gap'") == [
        (NOW, NOW + 30 * MINUTE)
    ]


def test_a_control_that_leaves_the_plan_closes_its_alarm(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take(cold(minute, 9.0) for minute in range(8))
    gateway.commit(NOW)
    gateway.journal.close()
    smaller = CONFIG.model_copy(update={"control_points": ()})
    journal = Journal(gateway.path, kinds_of(CONFIG), NOW)
    kitchen = kitchen_of(smaller, journal, NOW)
    transaction = Transaction()
    go_on(kitchen, journal, transaction, NOW)
    journal.commit(transaction, NOW)
    journal.close()
    assert kitchen.board.active == []
    assert gateway.rows("SELECT kind FROM event ORDER BY id DESC LIMIT 1") == [("control_removed",)]


temperatures = st.lists(st.sampled_from([2.0, 4.0, 4.7, 5.5, 5.6, 9.0]), min_size=5, max_size=20)
loads = st.lists(st.tuples(st.sampled_from([0.0, 10.0, 10.01, 25.0, 60.0]), st.integers(3, 25)), min_size=1, max_size=5)
cuts = st.lists(st.booleans(), min_size=1, max_size=7)


def night(values: list[float], loads: list[tuple[float, int]]) -> list[Reading]:
    # Closer together than checkpoints, so that a start has something to fold again.
    trace = [cold(minute + tenth / 10, value) for minute, value in enumerate(values) for tenth in range(10)]
    second = 0
    for kg, seconds in loads:
        trace += [weighing(second, kg + 1, stable=False)]
        trace += [weighing(second + tenth / 5, kg) for tenth in range(1, 5 * seconds)]
        second += seconds
    return sorted(trace, key=lambda reading: reading.measured_at or 0)


def story(gateway: KitchenRig) -> tuple[list[tuple[object, ...]], ...]:
    return (
        gateway.rows("SELECT id, level, state, started_at, raised_at, returned_at, worst FROM alarm ORDER BY id"),
        gateway.rows("SELECT kind, subject, at FROM event WHERE kind <> 'gap' ORDER BY id"),
        gateway.rows("SELECT key, kind, quantity, at FROM movement ORDER BY id"),
        gateway.rows("SELECT * FROM holding ORDER BY 1, 2, 3"),
        gateway.rows("SELECT point, measured_at, value FROM reading ORDER BY 1, 2"),
    )


@settings(max_examples=25)
@given(values=temperatures, loads=loads, cuts=cuts)
def test_a_restart_at_any_commit_changes_no_alarm_and_no_movement(
    values: list[float], loads: list[tuple[float, int]], cuts: list[bool]
) -> None:
    trace = night(values, loads)
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as cut:
        undisturbed, killed = KitchenRig(Path(whole)), KitchenRig(Path(cut))
        for number, reading in enumerate(trace):
            at = reading.measured_at or 0
            for gateway in (undisturbed, killed):
                gateway.take([reading])
                if number % 7 == 0:
                    gateway.commit(at)
            if number % 7 == 0 and cuts[number // 7 % len(cuts)]:
                killed.restart(at)
        for gateway in (undisturbed, killed):
            gateway.commit(trace[-1].measured_at or 0)
            gateway.journal.close()
        assert story(killed) == story(undisturbed)


def test_a_chiller_far_too_warm_is_one_alarm_of_the_limit_that_was_passed_first(tmp_path: Path) -> None:
    """mbg-strict: above 8 °C at once, above 5 °C after half an hour, above 4 °C as a warning after a quarter."""
    text = PLAN.replace("critical_limit: 5, warning_limit: 4, on_delay: 5m,\n     warning_on_delay: 2m, ", "")
    gateway = KitchenRig(tmp_path, config=parse(text, Path("kitchen.yaml")))
    gateway.take(cold(minute, 10.0) for minute in range(45))
    assert [alarm.subject.control for alarm in gateway.kitchen.board.active] == ["ccp-c1.2"]
    gateway.take(cold(minute, 7.5) for minute in range(45, 50))
    standing = [alarm.subject.control for alarm in gateway.kitchen.board.active if alarm.standing]
    assert standing == ["ccp-c1"]
    gateway.take(cold(minute, 4.9) for minute in range(50, 55))
    standing = [(alarm.subject.control, alarm.level) for alarm in gateway.kitchen.board.active if alarm.standing]
    assert standing == [("ccp-c1", "warning")]


def test_a_chiller_that_freezes_its_vegetables_alarms_on_its_other_side(tmp_path: Path) -> None:
    text = PLAN.replace("critical_limit: 5,", "critical_limit: 5, critical_low: -1,")
    gateway = KitchenRig(tmp_path, config=parse(text, Path("kitchen.yaml")))
    gateway.take(cold(minute, -2.0) for minute in range(10))
    assert [(alarm.subject.control, alarm.limit) for alarm in gateway.kitchen.board.active] == [("ccp-c1.low", -1.0)]


def test_a_door_that_is_opened_warms_the_air_and_not_yet_the_product(tmp_path: Path) -> None:
    text = PLAN.replace("offset: -0.5", "measures: air").replace("on_delay: 5m", "on_delay: 0s")
    gateway = KitchenRig(tmp_path, config=parse(text, Path("kitchen.yaml")))
    gateway.take(cold(minute, 3.0) for minute in range(10))
    gateway.take(cold(10 + minute, 12.0) for minute in range(3))
    assert gateway.kitchen.board.active == []
    gateway.take(cold(13 + minute, 12.0) for minute in range(10))
    (alarm,) = gateway.kitchen.board.active
    assert (alarm.level, alarm.value is not None and alarm.value < 8) == ("critical", True)


def test_an_excursion_right_after_a_return_is_raised_at_its_own_time_not_at_the_returns(tmp_path: Path) -> None:
    """Both happen between two readings: back inside for the off-delay, and beyond again at once."""
    text = (
        PLAN.replace("on_delay: 5m", "on_delay: 0s")
        .replace("warning_limit: 4, ", "")
        .replace("offset: -0.5", "offset: 0")
        .replace("off_delay: 1m", "off_delay: 20s")
    )
    gateway = KitchenRig(tmp_path, config=parse(text, Path("kitchen.yaml")))
    gateway.take([cold(0, 9.0), cold(1, 3.0), cold(2.9, 13.0)])
    gateway.commit(NOW)
    told = gateway.rows("SELECT kind, at FROM event WHERE subject = 'ccp-c1' ORDER BY id")
    kinds, moments = [kind for kind, _ in told], [(int(str(at)) - NOW) / MINUTE for _, at in told]
    assert kinds == ["alarm_raised", "alarm_returned", "alarm_raised"]
    assert moments[1] < moments[2]
