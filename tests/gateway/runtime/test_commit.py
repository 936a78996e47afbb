"""A commit: when it is due, what belongs to it, and that nobody is told of what the journal lacks."""

from pathlib import Path

import pytest
from fakes import FakeSink
from gateway_rig import MINUTE, NOW, GatewayRig

from gateway.delivery.influxdb.comparison import Difference
from gateway.delivery.influxdb.progress import SinkCompared, SinkCondition, SinkDeadLetter, SinkProgress, SinkState
from gateway.delivery.influxdb.progress import SinkReason as Reason
from gateway.records.transaction import SinkRow
from gateway.runtime.commit import LARGE


@pytest.fixture
def rig(tmp_path: Path) -> GatewayRig:
    rig = GatewayRig(tmp_path)
    rig.run(1)
    return rig


def sink(rig: GatewayRig, cursor: int = 0) -> FakeSink:
    """A delivery that the gateway watches."""
    fake = FakeSink()
    rig.gateway.health.deliveries.begin(SinkRow("influxdb", cursor, SinkCondition.OK, None, NOW), fake)
    return fake


def stored_cursor(rig: GatewayRig) -> int:
    ((cursor,),) = rig.rows("SELECT cursor FROM sink WHERE name = 'influxdb'")
    return int(cursor)


def test_readings_wait_for_their_time_and_many_of_them_do_not(rig: GatewayRig) -> None:
    rig.turn(0.25)
    rig.measure(3.0)
    rig.turn(0.01)
    assert rig.values() == []
    for number in range(LARGE):
        rig.publish([{"bn": "c1/", "n": "temperature", "u": "Cel", "v": number / 100}])
    rig.turn(0.01)
    rig.turn(0.01)
    assert len(rig.values()) >= LARGE


def test_while_the_disk_is_dead_everybody_is_told_and_what_waits_is_written_when_it_is_back(
    rig: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = rig.gateway.journal
    journal._lose(OSError("no space"))
    monkeypatch.setattr(journal, "_recover", lambda _: None)
    rig.measure(3.0)
    rig.run(1)
    assert rig.values() == []
    assert len(rig.broker.acknowledged) == 1, "the broker would stop otherwise, and with it all that is judged"
    assert rig.clients.changes("points")[-1]["reading"]["value"] == 3.0
    assert [alarm["level"] for alarm in rig.clients.changes("alarms")] == ["recording_lost"]
    monkeypatch.undo()
    journal._retry_at = 0.0
    rig.measure(3.1)
    rig.run(1)
    assert rig.values() == [3.0, 3.1]
    assert rig.rows("SELECT count(*) FROM event WHERE key LIKE 'gap:journal:%'") == [(1,)]


def test_a_delivery_is_woken_by_each_commit_and_goes_on_from_what_it_reported(rig: GatewayRig) -> None:
    fake = sink(rig)
    rig.measure(3.0)
    rig.run(0.5)
    assert fake.woken
    rig.arrivals.put(SinkProgress("influxdb", 1))
    rig.run(0.5)
    assert stored_cursor(rig) == 1


def test_a_server_that_refuses_everything_is_an_alarm_until_it_takes_something(rig: GatewayRig) -> None:
    sink(rig)
    rig.arrivals.put(SinkState("influxdb", SinkCondition.HOLDING, "401: give a token", NOW, Reason.REFUSED_CREDENTIALS))
    rig.run(0.5)
    assert [alarm.level for alarm in rig.gateway.kitchen.board.active] == ["influxdb_refused"]
    assert rig.gateway.health.shown()["influxdb"]["last_error"] == "401: give a token"
    rig.arrivals.put(SinkState("influxdb", SinkCondition.OK, None, NOW + MINUTE))
    rig.run(0.5)
    assert not any(alarm.standing for alarm in rig.gateway.kitchen.board.active)


def test_a_reading_that_a_server_never_takes_is_set_aside_with_its_words(rig: GatewayRig) -> None:
    sink(rig)
    rig.arrivals.put(SinkDeadLetter("influxdb", 7, 400, "field type conflict", b"reading v=1"))
    rig.run(0.5)
    assert rig.rows("SELECT source, raw, reason FROM dead_letter") == [("influxdb", b"reading v=1", "400")]


def test_readings_that_a_server_has_lost_are_sent_again_from_before_them_and_an_older_report_counts_no_more(
    rig: GatewayRig,
) -> None:
    for _ in range(5):
        rig.machine.wait(MINUTE)
        rig.measure(3.0)
        rig.run(0.5)
    fake = sink(rig, cursor=5)
    lost = Difference(hour=rig.machine.now() - 3 * MINUTE, point="c1-air", journal=5, server=2)
    rig.arrivals.put(SinkCompared("influxdb", rig.machine.now(), rig.machine.now(), (lost,)))
    rig.run(0.5)
    ((cursor, number),) = fake.sent_back
    assert (cursor, number) == (stored_cursor(rig), 1)
    assert 0 < cursor < 5
    rig.arrivals.put(SinkProgress("influxdb", 5, round=0))
    rig.run(0.5)
    assert stored_cursor(rig) == cursor, "that was of the time before"
    rig.arrivals.put(SinkProgress("influxdb", 5, round=1))
    rig.run(0.5)
    assert stored_cursor(rig) == 5
