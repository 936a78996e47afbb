"""A probe that stands in ice does not measure the food: what its readings are meanwhile, and when it guards again."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from food_rig import FoodRig, measured
from hypothesis import given
from hypothesis import strategies as st
from kitchen_rig import MINUTE, NOW, SECOND

from drivers.reading import Reading
from gateway.cli.verify_refold import differences
from gateway.config import parse
from gateway.journal.coverage.of_point import coverage_of
from gateway.journal.coverage.stretches import Cover
from gateway.journal.files.read_only import open_read_only
from gateway.monitoring.control_points.refold import request_of
from gateway.monitoring.probes.calibration import LONGEST_CHECK, WAY_BACK
from gateway.monitoring.probes.snapshot import probes_now
from gateway.monitoring.snapshot import point_now
from gateway.records.corrections import Correction, Kind, corrections

PLAN = """
kitchen: {id: k1, name: Dapur, people: [{id: siti, name: Siti}]}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
points:
  - {id: pot, name: Panci, device: c1, channel: pot, quantity: temperature, interval: 30s, measures: food}
  - {id: chiller, name: Chiller, device: c1, channel: chiller, quantity: temperature, interval: 30s, measures: food}
  - {id: hall, name: Dapur, device: c1, channel: hall, quantity: temperature, interval: 30s}
control_points:
  - {id: hot, kind: hot_holding, point: pot, critical_limit: 60}
"""
BEGUN = 20.0
"""Minutes after the beginning at which somebody begins the check."""
HELD = 65.0
Json = dict[str, Any]


class Watched(FoodRig):
    """A pot that is held hot, and whoever checks its probe."""

    def order(self, command: str, minute: float, **args: Any) -> Json:
        return self.say(command, at(minute), **{"point": "pot", **args})

    def read(self, begin: float, end: float, value: float) -> None:
        """Each half minute from `begin`, before `end`."""
        self.take(held(begin, end, value), every=1)

    def of_control(self) -> list[tuple[str, float]]:
        """Level and minute of the alarms of the hot pot so far."""
        rows = self.rows("SELECT level, started_at FROM alarm WHERE control = 'hot' ORDER BY raised_at")
        return [(level, (started - NOW) / MINUTE) for level, started in rows]

    def silences(self) -> int:
        return len(self.rows("SELECT * FROM alarm WHERE kind = 'stale' AND point = 'pot'"))

    def aside(self) -> list[float]:
        """The minutes of the readings that are set aside as those of a check."""
        rows = self.rows("SELECT measured_at FROM reading WHERE quality = 1 AND reason = 'in_check' ORDER BY 1")
        return [(row[0] - NOW) / MINUTE for row in rows]

    def restarted(self, minute: float) -> None:
        self.commit(at(minute))
        self.restart(at(minute))

    def probe(self, minute: float) -> Json:
        return probes_now([self.kitchen.by_id["pot"]], self.kitchen.probes, at(minute))[0]

    def is_refolded(self) -> bool:
        """Whether a fold of the journal, over all of it, says what was said live."""
        control = self.kitchen.control_points.by_id["hot"]
        control.refold_since = NOW
        request = request_of(control, self.kitchen.by_id["pot"].corrections)
        connection = open_read_only(self.path)
        try:
            assert request is not None
            found = request.fold(connection, lambda: None).deviations
            told = [(one.level, (one.started_at - NOW) / MINUTE) for one in found]
            return told == self.of_control() and not list(differences(connection))
        finally:
            control.refold_since = None
            connection.close()


def at(minute: float) -> int:
    return NOW + round(minute * MINUTE)


def held(begin: float, end: float, value: float) -> Iterable[Reading]:
    return [measured(half / 2, value) for half in range(round(2 * begin), round(2 * end))]


@pytest.fixture
def gateway(tmp_path: Path) -> Watched:
    gateway = Watched(tmp_path, config=parse(PLAN, Path("kitchen.yaml")))
    gateway.read(0, BEGUN, HELD)
    return gateway


@pytest.mark.parametrize("restarts", [(), (BEGUN + 1,), (BEGUN + 0.5, BEGUN + 2.5, BEGUN + 5)])
def test_a_probe_in_ice_alarms_nobody_and_guards_again_when_it_is_back(
    gateway: Watched, restarts: tuple[float, ...]
) -> None:
    done = BEGUN + 2
    gateway.order("calibration_start", BEGUN, bath="ice")
    for half in range(round(2 * BEGUN), round(2 * (done + 5))):
        if half / 2 in restarts:
            gateway.restarted(half / 2)
        if half / 2 == done:
            gateway.order("calibration_check", done, **({"ice": [0.0, 0.0, 0.0]} if restarts else {}))
        gateway.read(half / 2, half / 2 + 0.5, 0.0 if half / 2 < done + 1 else 40.0)
    assert gateway.of_control() == []
    assert gateway.silences() == 0
    assert gateway.aside() == [half / 2 for half in range(round(2 * BEGUN), round(2 * (done + 5)))]
    assert {row[0] for row in gateway.rows("SELECT value FROM reading WHERE reason = 'in_check'")} == {0.0, 40.0}

    back = done + WAY_BACK / MINUTE
    gateway.read(back, back + 1, 40.0)
    assert gateway.of_control() == [("critical", back)], "it guards again from there on, and nothing of the bath counts"
    assert gateway.is_refolded()


def test_a_check_that_is_forgotten_does_not_silence_the_alarm(gateway: Watched) -> None:
    gateway.order("calibration_start", BEGUN, bath="ice")
    gateway.read(BEGUN, BEGUN + 4, 0.0)
    gateway.restarted(BEGUN + 4)
    over = BEGUN + LONGEST_CHECK / MINUTE
    assert gateway.probe(BEGUN + 4)["back_at"] == at(over)
    gateway.read(BEGUN + 4, over, 0.0)
    assert gateway.of_control() == []
    gateway.read(over, over + 1, 0.0)
    assert gateway.of_control() == [("critical", over)]
    assert gateway.probe(over)["back_at"] is None
    assert gateway.probe(over)["listening"] == []


def test_what_is_left_is_over_soon_and_who_repeats_it_has_more_time(gateway: Watched) -> None:
    gateway.order("calibration_start", BEGUN, bath="ice")
    gateway.order("calibration_start", BEGUN + 6, bath="ice", anew=True)
    assert gateway.probe(BEGUN + 6)["back_at"] == at(BEGUN + 16)
    told = gateway.order("calibration_cancel", BEGUN + 7)
    assert told == {"point": "pot", "back_at": at(BEGUN + 12)}
    assert gateway.probe(BEGUN + 7)["listening"] == []
    gateway.read(BEGUN + 7, BEGUN + 13, 0.0)
    assert gateway.of_control() == [("critical", BEGUN + 12)]
    assert gateway.order("calibration_cancel", BEGUN + 13)["back_at"] is None, "nothing is left to be left"


def test_a_probe_that_falls_silent_in_its_check_is_silent(gateway: Watched) -> None:
    gateway.order("calibration_start", BEGUN, bath="ice")
    gateway.read(BEGUN, BEGUN + 1, 0.0)
    assert point_now(gateway.kitchen.by_id["pot"], at(BEGUN + 1))["state"] == "unknown"
    gateway.settle(at(BEGUN + 9))
    assert gateway.silences() == 1


def test_readings_that_come_late_are_told_by_when_they_were_measured(gateway: Watched) -> None:
    gateway.order("calibration_start", BEGUN, bath="ice")
    gateway.order("calibration_cancel", BEGUN + 1)
    gateway.read(BEGUN + 8, BEGUN + 9, HELD)
    gateway.take([measured(minute, 0.0) for minute in (BEGUN + 0.5, BEGUN + 5.5)], every=1)
    gateway.take([measured(BEGUN - 0.25, HELD)], every=1)
    assert gateway.aside() == [BEGUN + 0.5, BEGUN + 5.5]
    assert gateway.of_control() == []
    assert gateway.is_refolded()


def test_coverage_names_the_check(gateway: Watched) -> None:
    gateway.order("calibration_start", BEGUN, bath="ice")
    gateway.read(BEGUN, BEGUN + 3, 0.0)
    gateway.order("calibration_cancel", BEGUN + 3)
    gateway.read(BEGUN + 3, BEGUN + 10, HELD)
    connection = open_read_only(gateway.path)
    found = coverage_of(connection, "pot", since=NOW, until=at(BEGUN + 9), now=at(BEGUN + 10), max_gap=90 * SECOND)
    connection.close()
    assert [(part.cover, part.reason) for part in found] == [
        (Cover.COVERED, None),
        (Cover.SET_ASIDE, "in_check"),
        (Cover.COVERED, None),
    ]
    assert (found[1].begin, found[1].end) == (at(BEGUN - 0.5), at(BEGUN + 8))


@pytest.mark.parametrize("restarts", [False, True])
def test_food_in_the_danger_zone_is_not_cooled_by_the_ice_that_its_probe_stands_in(
    gateway: Watched, restarts: bool
) -> None:
    said: Json = {"product": "Soto", "point": "pot", "controls": ["exposure"]}
    food = str(gateway.say("batch_open", at(BEGUN), **said)["id"])
    gateway.read(BEGUN, BEGUN + 5, 30.0)
    gateway.order("calibration_start", BEGUN + 5, bath="ice")
    gateway.read(BEGUN + 5, BEGUN + 10, 0.0)
    if restarts:
        gateway.restarted(BEGUN + 10)
        gateway.settle(at(BEGUN + 10))
    gateway.read(BEGUN + 10, BEGUN + 15, 0.0)
    gateway.read(BEGUN + 15, BEGUN + 20, 30.0)
    gateway.say("batch_close", at(BEGUN + 20), batch=food)
    (row,) = gateway.rows("SELECT body FROM verdict WHERE final")
    charged = json.loads(row[0])["measures"]["minutes_in_band"]["value"]
    assert charged == pytest.approx(19.5), "the span of the check counts against the food, as any other gap"
    assert gateway.is_refolded()


def test_nothing_is_learnt_in_a_bath(gateway: Watched) -> None:
    before = gateway.kitchen.by_id["pot"].behaviour
    assert before is not None
    known = (before.at, before.stands, before.level)
    gateway.order("calibration_start", BEGUN, bath="ice")
    gateway.read(BEGUN, BEGUN + 5, 0.0)
    assert (before.at, before.stands, before.level) == known
    low, high = gateway.kitchen.by_id["pot"].take_extremes()
    assert low > high, "nor is it a swing"


times = st.integers(0, 30)


@given(st.lists(st.tuples(times, st.booleans())), times)
def test_a_probe_is_away_from_its_start_until_it_is_left_or_forgotten(said: list[tuple[int, bool]], now: int) -> None:
    """Against a plain model: the newest start or end before a moment decides, each for its own time."""
    told, until = corrections([]), 0
    for moment, begins in sorted(said):
        away = moment < until
        if begins or away:
            kind, until = (Kind.BEGUN, moment + 10) if begins else (Kind.OVER, moment + 5)
            told = told.with_(Correction(kind, moment, until=until))
    upto = [0]
    for moment, begins in sorted(said):
        if moment <= now and (begins or moment < upto[-1]):
            upto.append(moment + (10 if begins else 5))
    last = [one for one in sorted(said) if one[0] > now]
    if not last:
        assert told.is_in_check(now) == (now < upto[-1])
