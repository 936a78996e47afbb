"""When a probe is asked for: on a whole kitchen, on a real journal, with time that the test turns."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from kitchen_rig import NOW, KitchenRig

from drivers.reading import Quality, Quantity, Reading, Reason
from gateway.alarms.alarm import Alarm, AlarmState
from gateway.alarms.kinds import SystemKind
from gateway.alarms.subjects import SYSTEM
from gateway.config import parse
from gateway.haccp.models.calibration import check
from gateway.messages.alarm_words import Names, words_of
from gateway.monitoring.probes.calibration import check_begins, corrections_of
from gateway.monitoring.probes.check_due import SWING, Swings
from gateway.monitoring.snapshot import point_now
from gateway.records.corrections import Correction, Kind

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PROBES = ("a", "b", "c")
POINT = "{{id: {name}, name: Probe {name}, device: d, channel: {name}, quantity: temperature, interval: 1m{more}}}"


def plan(**more: str) -> str:
    points = ", ".join(POINT.format(name=name, more=more.get(name, "")) for name in PROBES)
    return f"""
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{}}
devices: [{{id: d, driver: generic-json}}]
points: [{points}]
"""


class Watched(KitchenRig):
    """Probes that read what the test says, and time that passes."""

    def __init__(self, folder: Path, text: str | None = None) -> None:
        self.now = NOW
        super().__init__(folder, config=parse(text or plan(), Path("kitchen.yaml")))

    def read(self, now: int, names: tuple[str, ...] = PROBES, value: float = 4.0) -> None:
        self.now = now
        for name in names:
            reading = Reading(device="d", channel=name, quantity=Quantity.TEMPERATURE, value=value, unit="Cel")
            self.kitchen.take(self.batch, reading, now)
        self.kitchen.tick(self.batch, now)
        self.commit(now)

    def good_check(self, name: str, now: int) -> None:
        point = self.kitchen.by_id[name]
        found = corrections_of(check([0.0, 0.01, 0.0]), point.corrections, at=now, since=now)
        self.kitchen.probes.correct(self.batch, point, found, key=f"check:{name}:{now}")
        self.kitchen.tick(self.batch, now)
        self.commit(now)

    @property
    def notice(self) -> Alarm | None:
        return self.kitchen.board.of(SYSTEM, SystemKind.CHECKS_DUE)

    def named(self) -> set[str]:
        return set() if self.notice is None or not self.notice.standing else set((self.notice.reason or "").split())

    def acknowledge(self, now: int) -> None:
        assert self.notice is not None
        self.kitchen.board.acknowledge(self.batch, self.notice, who="siti", note=None, at=now, key=str(now))
        self.commit(now)

    def asked(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT kind FROM event WHERE subject = 'system' AND kind LIKE 'alarm%' ORDER BY id")


def test_a_new_kitchen_hears_nothing_in_its_first_week_and_then_once(tmp_path: Path) -> None:
    gateway = Watched(tmp_path)
    for hours in range(0, 24 * 7, 12):
        gateway.read(NOW + hours * HOUR)
    assert gateway.kitchen.board.of(SYSTEM, SystemKind.CHECKS_DUE) is None
    for minute in range(30):
        gateway.read(NOW + 7 * DAY + minute * MINUTE)
    assert gateway.named() == set(PROBES)
    assert gateway.asked() == [("alarm_raised",)]
    assert gateway.notice is not None
    assert gateway.notice.priority == "low"


def test_one_notice_names_all_that_are_due_and_says_what_to_do(tmp_path: Path) -> None:
    gateway = Watched(tmp_path)
    gateway.read(NOW)
    gateway.read(NOW + 7 * DAY)
    assert gateway.notice is not None
    names = {name: {"id": f"Probe {name}", "en": f"Probe {name}"} for name in PROBES}
    said = words_of(gateway.notice, Names(names, {}, {}, gateway.config.kitchen.timezone), now=NOW)
    assert "Probe a, Probe b, Probe c — periksa di es" in said["id"]


def test_what_is_due_is_read_and_judged_as_ever_and_says_so_until_it_is_checked(tmp_path: Path) -> None:
    gateway = Watched(tmp_path)
    gateway.read(NOW)
    gateway.read(NOW + 7 * DAY)
    gateway.read(NOW + 7 * DAY + MINUTE)
    point = gateway.kitchen.by_id["a"]
    assert point.latest is not None
    assert (point.latest.quality, point.latest.reason) == (Quality.GOOD, Reason.CALIBRATION_OVERDUE)
    assert point_now(point, gateway.now)["state"] == "normal"
    assert gateway.kitchen.changes.corrected == {}, "no value has changed: nothing is sent again"
    gateway.restart(gateway.now)
    point = gateway.kitchen.by_id["a"]
    assert point.latest is not None
    assert point.latest.reason == Reason.CALIBRATION_OVERDUE
    gateway.good_check("a", gateway.now + MINUTE)
    gateway.read(gateway.now + 2 * MINUTE)
    point = gateway.kitchen.by_id["a"]
    assert point.latest is not None
    assert point.latest.reason is None
    assert gateway.named() == {"b", "c"}
    for name in ("b", "c"):
        gateway.good_check(name, gateway.now + 5 * MINUTE)
    gateway.read(gateway.now + 10 * MINUTE)
    assert gateway.named() == set()
    assert gateway.kitchen.probes.due.due_at(gateway.kitchen.by_id["a"]) is not None


def test_an_acknowledged_notice_asks_for_others_after_a_day_and_again_after_a_week(tmp_path: Path) -> None:
    gateway = Watched(tmp_path)
    gateway.read(NOW, ("a",))
    gateway.read(NOW + 3 * HOUR, ("b", "c"))
    due = NOW + 7 * DAY
    gateway.read(due)
    assert gateway.named() == {"a"}
    gateway.acknowledge(due + MINUTE)
    gateway.read(due + 4 * HOUR)
    assert gateway.notice is not None
    assert (gateway.named(), gateway.notice.state) == ({"a"}, AlarmState.ACKNOWLEDGED)
    gateway.read(due + DAY + MINUTE)
    assert (gateway.named(), gateway.notice.state) == ({"a", "b", "c"}, AlarmState.UNACKNOWLEDGED)
    gateway.acknowledge(due + DAY + HOUR)
    for days in range(2, 16):
        gateway.read(due + days * DAY)
    assert gateway.notice.state is AlarmState.UNACKNOWLEDGED
    assert [kind for (kind,) in gateway.asked()].count("alarm_found_worse") == 2


def test_a_swing_is_asked_for_but_not_the_one_of_its_own_check(tmp_path: Path) -> None:
    gateway = Watched(tmp_path)
    gateway.read(NOW, value=-18.0)
    gateway.read(NOW + 20 * MINUTE, ("b",), value=90.0)
    gateway.kitchen.probes.correct(
        gateway.batch, gateway.kitchen.by_id["a"], [check_begins(NOW + 29 * MINUTE)], key="begun"
    )
    gateway.read(NOW + 30 * MINUTE, ("a",), value=97.0)
    gateway.good_check("a", NOW + 31 * MINUTE)
    gateway.read(NOW + 35 * MINUTE, ("a",), value=-18.0)
    assert gateway.rows("SELECT subject FROM event WHERE kind = 'calibration_due'") == [("calibration:b",)]
    assert gateway.named() == {"b"}
    assert gateway.kitchen.by_id["b"].corrections.overdue_cause == "swing"
    gateway.good_check("b", NOW + 40 * MINUTE)
    for hour in range(2, 30):  # each hour into the freezer and back: it is asked for once a week
        gateway.read(NOW + hour * HOUR, ("b",), value=-20.0)
        gateway.read(NOW + hour * HOUR + 5 * MINUTE, ("b",), value=95.0)
    assert gateway.named() == set()


def test_a_probe_that_never_stands_in_ice_is_never_asked_for(tmp_path: Path) -> None:
    gateway = Watched(tmp_path, plan(a=", check_every: 0s", b=", check_every: 30d"))
    gateway.read(NOW)
    gateway.read(NOW + 8 * DAY)
    assert gateway.named() == {"c"}
    gateway.read(NOW + 31 * DAY)
    assert gateway.named() == {"b", "c"}


def test_a_certificate_has_a_notice_of_its_own_and_says_nothing_of_readings(tmp_path: Path) -> None:
    gateway = Watched(tmp_path, plan(a=", certified: 2025-11-20", b=", certified: 2026-11-20"))
    gateway.read(NOW)
    gateway.read(NOW + MINUTE)
    lapsed = gateway.kitchen.board.of(SYSTEM, SystemKind.CERTIFICATES_DUE)
    assert lapsed is not None
    assert (lapsed.reason, lapsed.priority) == ("a", "low")
    latest = gateway.kitchen.by_id["a"].latest
    assert latest is not None
    assert latest.reason is None


def test_a_probe_in_doubt_is_not_asked_for(tmp_path: Path) -> None:
    gateway = Watched(tmp_path)
    gateway.read(NOW)
    for name in PROBES:
        doubt = Correction(Kind.DOUBT, 0)
        gateway.kitchen.probes.correct(gateway.batch, gateway.kitchen.by_id[name], [doubt], key=f"doubt:{name}")
    gateway.read(NOW + 8 * DAY)
    assert gateway.named() == set()


@given(st.lists(st.floats(-60, 300), min_size=1, max_size=200))
def test_a_swing_is_the_span_of_the_last_hour(values: list[float]) -> None:
    swings = Swings()
    for number, value in enumerate(values):
        last = values[max(0, number - 59) : number + 1]
        assert swings.note(value, value) == (max(last) - min(last) > SWING)
