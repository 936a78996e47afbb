"""A device that reports changes: its silence is believed as long as nobody could have missed a word of it."""

from pathlib import Path

import pytest
from kitchen_rig import MINUTE, NOW, PLAN, KitchenRig, cold

from drivers.contract import LinkChange
from gateway.config import parse
from gateway.journal.history.clock import ALIVE
from gateway.monitoring.communication_loss import unheard
from gateway.monitoring.points.point import state_of
from gateway.runtime.health.links import LinkHealth
from gateway.runtime.health.system_alarms import SystemAlarms

CHANGES = parse(
    PLAN.replace("interval: 1m,", "interval: 1m, reports: on_change, at_least_every: 50m,"), Path("kitchen.yaml")
)
AT = "SELECT (measured_at - 1795500000000000) / 60000000, value, reason FROM reading ORDER BY seq"
LOST = (None, "no_communication")


@pytest.fixture
def gateway(tmp_path: Path) -> KitchenRig:
    return KitchenRig(tmp_path, config=CHANGES)


def test_silence_is_no_alarm_before_the_device_must_have_spoken(gateway: KitchenRig) -> None:
    gateway.take([cold(0, 3.0)])
    stale = []
    for minute in (51, 53):
        gateway.kitchen.tick(gateway.batch, NOW + minute * MINUTE)
        stale.append([alarm.kind for alarm in gateway.kitchen.board.active if alarm.subject.point == "c1-air"])
    assert stale == [[], ["stale"]]


@pytest.mark.parametrize(("minutes", "lost"), [(1, False), (30, True)])
def test_a_gateway_that_was_off_for_long_may_have_missed_a_change(
    gateway: KitchenRig, minutes: int, lost: bool
) -> None:
    gateway.take([cold(0, 3.0)])
    gateway.batch.meta[ALIVE] = str(NOW + MINUTE)
    gateway.commit(NOW + MINUTE)
    gateway.restart(NOW + (1 + minutes) * MINUTE)
    assert gateway.rows(AT) == [(0, 3.0, None), *([(1, *LOST)] if lost else [])]
    assert state_of(gateway.kitchen.by_id["c1-air"], NOW + 32 * MINUTE) == ("fault" if lost else "normal")


def test_a_rule_bridges_the_silence_of_a_device_that_was_there(gateway: KitchenRig) -> None:
    gateway.take([cold(0, 6.0), cold(20, 6.0)])
    assert [(alarm.kind, alarm.raised_at) for alarm in gateway.kitchen.board.active] == [("limit", NOW + 5 * MINUTE)]


@pytest.mark.parametrize(("link", "lost"), [("mqtt", True), ("s1", False), ("c1+s1", True)])
def test_a_link_that_was_away_for_long_takes_the_words_of_its_devices(
    gateway: KitchenRig, link: str, lost: bool
) -> None:
    kitchen = gateway.kitchen
    links = LinkHealth(kitchen, SystemAlarms(kitchen.board, kitchen.changes))
    gateway.take([cold(0, 3.0)])
    for gone, back in ((1, 2), (10, 40)):
        for up, minute in ((False, gone), (True, back)):
            links.changed(gateway.batch, LinkChange(link=link, up=up, at=NOW + minute * MINUTE, text="gone"))
    gateway.commit(NOW + 40 * MINUTE)
    assert gateway.rows(AT) == [(0, 3.0, None), *([(10, *LOST)] if lost else [])]


def test_a_device_that_speaks_by_the_clock_is_not_touched(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    gateway.take([cold(0, 3.0)])
    unheard(gateway.kitchen, gateway.batch, None, since=NOW + MINUTE, until=NOW + 30 * MINUTE)
    gateway.commit(NOW + 30 * MINUTE)
    assert gateway.rows(AT) == [(0, 3.0, None)]
