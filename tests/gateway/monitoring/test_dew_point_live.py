"""A dry store's dew point: two points of one place are one control, live as `judge` has it, and silence is no pass."""

import json
import tempfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kitchen_rig import KitchenRig

from drivers.reading import UNIT_OF, Quantity, Reading
from gateway.alarms.alarm import Alarm
from gateway.alarms.rows import from_row
from gateway.cli.offline.answer import answer
from gateway.config import Config, ConfigError, parse
from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.fields import Fields
from gateway.haccp.limits.fields import parse as parse_json
from gateway.journal.files.read_only import open_read_only
from gateway.messages.alarm_words import Names, words_of
from gateway.monitoring.batches.fold import TypedReading
from gateway.monitoring.clock_change import Turn, rebase
from gateway.monitoring.control_points.refold import request_of

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOW = 1_795_500_000_000_000
PLAN = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: t1, driver: senml-json}, {id: h1, driver: senml-json}]
points:
  - {id: store-t, name: Gudang beras, device: t1, channel: t, quantity: temperature, interval: 1m, range: [-40, 80]}
  - {id: store-h, name: Kelembapan gudang, device: h1, channel: h, quantity: humidity, interval: 1m}
control_points:
  - {id: ccp-dew, kind: dew_point, point: store-t, humidity: store-h}
"""
CONFIG: Config = parse(PLAN, Path("kitchen.yaml"))


class Store(KitchenRig):
    """A dry store on a real journal; what is due is folded at each commit."""

    def commit(self, now: int) -> None:
        due = list(self.batch.refold_due)
        super().commit(now)
        for subject in due:
            control = self.kitchen.control_points.by_id[subject]
            request = request_of(control, self.kitchen.control_points.point_of(control).corrections)
            if request is not None:
                connection = open_read_only(self.path)
                result = request.fold(connection, lambda: None)
                connection.close()
                self.kitchen.control_points.take_refolded(self.batch, result, map(from_row, result.known), now)
                super().commit(now)

    def alarms(self) -> list[Alarm]:
        return [alarm for alarm in self.kitchen.board.active if alarm.kind == "limit"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, config=CONFIG)


def air(second: float, value: float) -> Reading:
    return reading("t1", "t", Quantity.TEMPERATURE, second, value)


def moist(second: float, value: float) -> Reading:
    return reading("h1", "h", Quantity.HUMIDITY, second, value)


def reading(device: str, channel: str, quantity: Quantity, second: float, value: float) -> Reading:
    return Reading(
        device=device,
        channel=channel,
        quantity=quantity,
        value=value,
        unit=UNIT_OF[quantity],
        measured_at=NOW + round(second * SECOND),
    )


def test_air_that_is_nearly_wet_alarms_in_indonesian_first_and_says_how_near(store: Store) -> None:
    for minute in range(10):
        store.take([air(60 * minute, 30.0), moist(60 * minute, 60.0 + 4 * minute)])
    store.commit(NOW + 10 * MINUTE)
    (alarm,) = store.alarms()
    assert (alarm.level, alarm.subject.control, alarm.subject.point, alarm.limit) == (
        "critical",
        "ccp-dew",
        "store-t",
        2.0,
    )
    names = Names(
        points={"store-t": {"id": "Gudang beras", "en": "Rice store"}},
        control_kinds={"ccp-dew": "dew_point"},
        items={},
        zone=ZoneInfo("Asia/Jakarta"),
    )
    said = words_of(alarm, names, now=NOW + 10 * MINUTE)
    assert list(said) == ["id", "en"]
    assert said["id"].startswith("Gudang beras, selisih dari titik embun: 1,4 K, di bawah batas 2 K")
    assert "alirkan udara" in said["id"]


def test_temperature_and_humidity_of_one_poll_are_one_moment_whichever_comes_first(store: Store) -> None:
    store.take([moist(0, 50.0), air(0, 30.0), air(60, 30.0), moist(60, 95.0)])
    (alarm,) = store.alarms()
    assert alarm.raised_at <= NOW + MINUTE


@pytest.mark.parametrize("silent", ["store-h", "store-t"])
def test_when_one_of_the_two_falls_silent_that_is_an_alarm_of_the_same_priority_and_no_all_clear(
    store: Store, silent: str
) -> None:
    for minute in range(5):
        store.take([air(60 * minute, 30.0), moist(60 * minute, 95.0)])
    (before,) = store.alarms()
    for minute in range(5, 30):
        store.take([air(60 * minute, 45.0) if silent == "store-h" else moist(60 * minute, 20.0)])
        store.kitchen.tick(store.batch, NOW + minute * MINUTE)
    store.commit(NOW + 30 * MINUTE)
    assert [alarm.id for alarm in store.alarms() if alarm.standing] == [before.id]
    stale = [alarm for alarm in store.kitchen.board.active if alarm.kind == "stale"]
    assert [(alarm.subject.point, alarm.priority) for alarm in stale] == [(silent, "high")]


def judged(course: dict[str, list[tuple[int, int]]], **control: Any) -> dict[str, Any]:
    case = {
        "control": {"kind": "dew_point", "off_delay_min": 1, **control},
        "trace": [[second / 60, value] for second, value in course["t"]],
        "humidity": [[second / 60, value] for second, value in course["h"]],
        "max_gap_s": 120,
    }
    told: dict[str, Any] = answer(Fields(parse_json(json.dumps(case).encode()), folder=Path()))
    return told


def test_judge_gives_no_pass_when_one_of_the_two_is_missing_at_an_end_or_in_between() -> None:
    dry = {"t": [(60 * minute, 30) for minute in range(30)], "h": [(60 * minute, 50) for minute in range(30)]}
    assert judged(dry)["verdicts"][0]["verdict"] == "PASS"
    for name in ("t", "h"):
        for gone in (range(10), range(10, 20), range(20, 30), range(30)):
            missing = {**dry, name: [one for minute, one in enumerate(dry[name]) if minute not in gone]}
            (verdict,) = judged(missing)["verdicts"]
            assert verdict["verdict"] == "INDETERMINATE", (name, gone)
            assert verdict["reasons"]


courses = st.fixed_dictionaries(
    {
        "t": st.lists(st.tuples(st.integers(1, 240), st.integers(20, 36)), min_size=1, max_size=15),
        "h": st.lists(st.tuples(st.integers(1, 240), st.integers(60, 100)), min_size=1, max_size=15),
    }
)


def placed(drawn: list[tuple[int, int]]) -> list[tuple[int, int]]:
    second, found = 0, []
    for step, value in drawn:
        second += step
        found.append((second, value))
    return found


def told_by(store: Store, end: int) -> list[tuple[int, int | None]]:
    rows = store.rows("SELECT kind, at FROM event WHERE subject = 'ccp-dew' ORDER BY id")
    spans: list[tuple[int, int | None]] = []
    for kind, at in rows:
        if kind == "alarm_raised":
            spans.append((int(str(at)), None))
        elif kind == "alarm_returned":
            spans[-1] = (spans[-1][0], int(str(at)))
    assert end
    return spans


@settings(max_examples=15, deadline=None)
@given(drawn=courses, cut=st.integers(0, 50))
def test_live_and_judge_alarm_at_the_same_moments_with_a_restart_at_any_of_them(
    drawn: dict[str, list[tuple[int, int]]], cut: int
) -> None:
    course = {name: placed(steps) for name, steps in drawn.items()}
    readings = [(second, 0, air(second, value)) for second, value in course["t"]]
    readings += [(second, 1, moist(second, value)) for second, value in course["h"]]
    readings.sort(key=lambda one: one[:2])
    last = max(second for second, _, _ in readings) + 1
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), config=CONFIG)
        for number, (second, _, one) in enumerate(readings):
            store.take([one])
            store.commit(NOW + second * SECOND)
            if number == cut:
                store.restart(NOW + second * SECOND)
        store.take([moist(last, 60)])
        store.commit(NOW + last * SECOND)
        live = told_by(store, last)
        store.journal.close()
    offline = [
        (
            NOW + round(alarm["raised_at"] * MINUTE),
            None if alarm["cleared_at"] is None else NOW + round(alarm["cleared_at"] * MINUTE),
        )
        for alarm in judged(course)["alarms"]
    ]
    assert [[near(one) for one in span] for span in live] == [[near(one) for one in span] for span in offline]


def near(at: int | None) -> int | None:
    """Minutes as doubles are a microsecond off at times."""
    return None if at is None else round(at / 1000)


@settings(max_examples=15, deadline=None)
@given(drawn=courses, data=st.data())
def test_readings_in_any_order_end_in_the_state_of_the_order_of_time(
    drawn: dict[str, list[tuple[int, int]]], data: st.DataObject
) -> None:
    readings = [air(second, value) for second, value in placed(drawn["t"])]
    readings += [moist(second, value) for second, value in placed(drawn["h"])]
    end = NOW + 25 * 240 * SECOND
    states = []
    for order in (sorted(readings, key=lambda one: one.measured_at or 0), data.draw(st.permutations(readings))):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder), config=CONFIG)
            for one in order:
                store.take([one], end)
                store.commit(end)
            for one in (air(25 * 240, 30.0), moist(25 * 240, 50.0)):
                store.take([one], end)
            store.commit(end)
            state = store.kitchen.control_points.by_id["ccp-dew"].state
            assert state is not None
            states.append((state.at, state.value))
            store.journal.close()
    assert states[0] == states[1]


@pytest.mark.parametrize(
    ("wrong", "place", "reason"),
    [
        ("point: store-t}", "humidity", "needs the humidity of the air"),
        ("point: store-t, humidity: store-x}", "humidity", 'no point is called "store-x"'),
        ("point: store-t, humidity: store-t}", "humidity", '"store-t" measures temperature'),
        ("point: store-h, humidity: store-h}", "point", '"store-h" measures humidity'),
        ("point: store-t, humidity: store-h, critical_low: 9}", "critical_low", "only a low spread"),
        ("point: store-t, humidity: store-h, warning_limit: 1, critical_limit: 2}", "warning_limit", "no earlier"),
    ],
)
def test_a_dew_point_without_its_two_points_is_refused_with_line_and_reason(
    wrong: str, place: str, reason: str
) -> None:
    text = PLAN.replace("point: store-t, humidity: store-h}", wrong)
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("kitchen.yaml"))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"kitchen.yaml:9: control_points[0].{place}: ")
    assert reason in line


def test_a_humidity_beside_another_kind_is_refused() -> None:
    text = PLAN.replace("kind: dew_point", "kind: ambient")
    with pytest.raises(ConfigError, match="is of a dew_point alone"):
        parse(text, Path("kitchen.yaml"))


def test_when_the_clock_is_set_back_the_dew_point_is_judged_on(store: Store) -> None:
    for minute in range(5):
        store.take([air(60 * minute, 30.0), moist(60 * minute, 50.0)])
    rebase(store.kitchen, store.batch, Turn(NOW + 5 * MINUTE, NOW - 60 * MINUTE))
    for minute in range(-60, -50):
        store.take([air(60 * minute, 30.0), moist(60 * minute, 95.0)], NOW + minute * MINUTE)
    (alarm,) = store.alarms()
    assert alarm.raised_at < NOW - 58 * MINUTE


def test_a_thermometer_that_is_typed_for_the_store_tells_no_dew_point(store: Store) -> None:
    store.take([air(0, 30.0), moist(0, 50.0)])
    typed = TypedReading(key="t-1", at=NOW, value=30.0, instrument="testo-1", person="siti", point="store-t")
    assert store.kitchen.typed.take(store.batch, typed, now=NOW) == []
    assert store.alarms() == []


def test_the_plan_may_ask_for_more_than_its_profile() -> None:
    text = PLAN + "haccp: {overrides: [{control: dew_point, limit: critical_min, value: 4, reason: cold wall}]}\n"
    config = parse(text, Path("kitchen.yaml"))
    (part,) = HaccpPlan(config.haccp).parts(config.control_points[0], config.point("store-t"))
    assert [(limit.level, limit.value) for limit in part.rule.limits] == [("critical", 4.0)]
