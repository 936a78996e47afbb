"""The board takes alarms through the table, and records what it does for the journal."""

import msgspec
import pytest

from gateway.alarms.alarm import Alarm, AlarmAcknowledgement, AlarmEvent, AlarmState, ForbiddenTransitionError
from gateway.alarms.board import Board
from gateway.alarms.conditions import (
    batch_alarm,
    limit_alarm,
    past_system_alarm,
    recall_alarm,
    stale_alarm,
    stock_alarm,
    system_alarm,
    typed_alarm,
    with_batch,
    worse_alarm,
)
from gateway.alarms.kinds import AlarmKind, AlarmLevel, AlarmPriority, SystemKind
from gateway.alarms.rows import COLUMNS, AlarmRecord, as_row, from_row, record_of
from gateway.alarms.subjects import (
    SYSTEM,
    BatchSubject,
    ControlSubject,
    ItemSubject,
    LotSubject,
    PointSubject,
    ProbeSubject,
    TypedSubject,
)
from gateway.haccp.rules.deviation import Deviation
from gateway.haccp.rules.holding import Side
from gateway.records.transaction import Transaction

CCP = ControlSubject("ccp", "chiller")
CRITICAL, WARNING = AlarmLevel.CRITICAL, AlarmLevel.WARNING
U, A, R = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED


def deviation(
    started_at: int = 100, *, level: str = "critical", returned_at: int | None = None, worst: float = 7.0
) -> Deviation:
    return Deviation(
        control="ccp",
        point="chiller",
        level=level,
        side=Side.ABOVE,
        started_at=started_at,
        raised_at=started_at + 10,
        returned_at=returned_at,
        value=6.0,
        limit=5.0,
        worst=worst,
    )


def raised() -> tuple[Board, Transaction, Alarm]:
    board, transaction = Board(), Transaction()
    board.raise_(transaction, limit_alarm(deviation(), known_at=111))
    alarm = board.of(CCP, CRITICAL)
    assert alarm is not None
    return board, transaction, alarm


def test_one_episode_keeps_its_id_while_nobody_has_acknowledged_it() -> None:
    board, transaction, alarm = raised()
    board.return_to_normal(transaction, CCP, CRITICAL, at=200, worst=8.0)
    returned = board.of(CCP, CRITICAL)
    assert (returned.state, returned.worst, returned.returned_at) == (R, 8.0, 200)
    board.raise_(transaction, limit_alarm(deviation(300), known_at=311))
    again = board.of(CCP, CRITICAL)
    assert (again.id, again.state, again.started_at) == (alarm.id, U, 100)
    assert [event.kind for event in transaction.events] == ["alarm_raised", "alarm_returned", "alarm_raised"]
    assert len({event.key for event in transaction.events}) == 3


def test_what_stands_is_not_raised_again() -> None:
    board, transaction, alarm = raised()
    board.raise_(transaction, limit_alarm(deviation(300), known_at=311))
    assert board.active == [alarm]
    assert len(transaction.events) == 1


def test_a_new_episode_after_normal_is_a_new_alarm() -> None:
    board, transaction, alarm = raised()
    board.acknowledge(transaction, alarm, who="siti", note=None, at=150, key="k1")
    board.return_to_normal(transaction, CCP, CRITICAL, at=200)
    assert board.active == []
    board.raise_(transaction, limit_alarm(deviation(300), known_at=311))
    assert board.of(CCP, CRITICAL).id != alarm.id
    assert len(transaction.alarms) == 2


def test_an_acknowledgement_carries_who_and_note_and_comes_only_once() -> None:
    board, transaction, alarm = raised()
    seen = board.acknowledge(transaction, alarm, who="siti", note="pintu ditutup", at=150, key="k1")
    assert seen.acknowledgement == AlarmAcknowledgement(150, "siti", "pintu ditutup")
    assert (transaction.events[-1].person, transaction.events[-1].key) == ("siti", "command:k1")
    with pytest.raises(ForbiddenTransitionError):
        board.acknowledge(transaction, seen, who="dedi", note=None, at=160, key="k2")
    assert board.active == [seen]


def test_what_cannot_happen_leaves_no_trace() -> None:
    board, transaction, alarm = raised()
    with pytest.raises(ForbiddenTransitionError):
        board.move(transaction, alarm, AlarmEvent.FIND, at=120)
    assert board.active == [alarm]
    assert len(transaction.events) == 1


def test_a_condition_that_does_not_stand_cannot_return() -> None:
    board, transaction, _ = raised()
    board.return_to_normal(transaction, CCP, WARNING, at=150)
    board.return_to_normal(transaction, CCP, CRITICAL, at=200)
    board.return_to_normal(transaction, CCP, CRITICAL, at=210)
    assert [event.kind for event in transaction.events] == ["alarm_raised", "alarm_returned"]


def test_a_past_deviation_that_late_readings_show_waits_for_somebody() -> None:
    board, transaction = Board(), Transaction()
    board.find(transaction, limit_alarm(deviation(returned_at=200), known_at=9_000))
    (found,) = board.active
    assert (found.state, found.late, found.raised_at, found.known_at) == (R, True, 110, 9_000)
    assert transaction.events[-1].kind == "alarm_found_late"


def test_a_past_deviation_stands_beside_the_one_of_now() -> None:
    board, transaction, alarm = raised()
    board.find(transaction, limit_alarm(deviation(20, returned_at=50), known_at=9_000))
    assert len(board.active) == 2
    assert board.of(CCP, CRITICAL) == alarm
    restored = Board(map(from_row, transaction.alarms.values()))
    assert restored.of(CCP, CRITICAL) == alarm


def test_a_deviation_that_proves_worse_than_acknowledged_asks_once_more() -> None:
    board, transaction, alarm = raised()
    acknowledged = board.acknowledge(transaction, alarm, who="siti", note=None, at=150, key="k1")
    worse = worse_alarm(acknowledged, deviation(worst=12.0))
    asked = board.move(transaction, worse, AlarmEvent.WORSEN, at=9_000)
    assert board.of(CCP, CRITICAL) == asked
    assert (asked.state, asked.worst, asked.id, asked.known_at, asked.late) == (U, 12.0, alarm.id, 9_000, True)
    again = board.acknowledge(transaction, asked, who="siti", note=None, at=9_100, key="k2")
    assert worse_alarm(again, deviation(worst=13.0)) is None, "once"


@pytest.mark.parametrize(
    ("shown", "more"),
    [
        (deviation(), True),  # it lasts
        (deviation(returned_at=200), False),
        (deviation(90, returned_at=200), True),
        (deviation(returned_at=201), True),
        (deviation(worst=7.1, returned_at=150), True),
        (deviation(worst=6.0, returned_at=150), False),
    ],
)
def test_only_what_is_longer_or_further_beyond_proves_an_ended_alarm_worse(shown: Deviation, more: bool) -> None:
    ended = msgspec.structs.replace(limit_alarm(deviation(), known_at=111), returned_at=200, state=R)
    assert (worse_alarm(ended, shown) is not None) is more


def test_an_alarm_that_stands_is_worse_by_its_beginning_or_its_value_alone() -> None:
    _, _, alarm = raised()
    assert worse_alarm(alarm, deviation(returned_at=5_000)) is None
    earlier = worse_alarm(alarm, deviation(50, returned_at=5_000))
    assert (earlier.started_at, earlier.returned_at) == (50, None), "late readings end nothing"


def test_the_critical_alarm_takes_over_from_the_warning() -> None:
    board, transaction = Board(), Transaction()
    board.raise_(transaction, limit_alarm(deviation(level="warning"), known_at=111))
    board.supersede(transaction, CCP, at=120)
    board.supersede(transaction, CCP, at=130)
    assert board.active == []
    assert [event.kind for event in transaction.events] == ["alarm_raised", "alarm_superseded"]


def test_what_left_the_plan_is_removed() -> None:
    board, transaction, alarm = raised()
    removed = board.move(transaction, alarm, AlarmEvent.REMOVE, at=500)
    assert board.active == []
    assert (removed.state, removed.returned_at) == (AlarmState.NORMAL, 500)
    assert transaction.events[-1].kind == "control_removed"


def test_an_alarm_without_a_date_gets_one_and_keeps_its_id() -> None:
    hour = 3_600_000_000
    start = 1_700_000_000_000_000
    board, transaction = Board(), Transaction()
    board.raise_(transaction, stale_alarm("chiller", since=start, known_at=start + 5, reason=None, guarded=True))
    (alarm,) = board.active
    board.redate(transaction, alarm, lambda at: at + hour, key="clock")
    (dated,) = board.active
    assert (dated.id, dated.started_at, dated.known_at) == (alarm.id, start + hour, start + 5 + hour)
    assert transaction.events[-1].kind == "alarm_redated"
    board.redate(transaction, dated, lambda at: at, key="again")
    assert len(transaction.events) == 2


def test_system_alarms_are_raised_once_and_return() -> None:
    board, transaction = Board(), Transaction()
    for now in (100, 200):
        board.raise_(transaction, system_alarm(SystemKind.RECORDING_LOST, since=50, known_at=now))
    assert len(transaction.events) == 1
    board.return_to_normal(transaction, SYSTEM, SystemKind.RECORDING_LOST, at=300)
    assert [alarm.state for alarm in board.active] == [R]


def test_each_alarm_that_changes_is_noted_as_it_is_now_and_one_that_is_normal_too() -> None:
    changed: dict[str, Alarm] = {}
    board, transaction = Board(changed=changed), Transaction()
    board.raise_(transaction, limit_alarm(deviation(), known_at=111))
    (alarm,) = board.active
    assert changed == {alarm.id: alarm}
    board.acknowledge(transaction, alarm, who="siti", note=None, at=150, key="k1")
    board.return_to_normal(transaction, CCP, CRITICAL, at=200)
    assert [alarm.state for alarm in changed.values()] == [AlarmState.NORMAL]


def test_the_batches_that_a_wrong_probe_fails_are_named_once_each() -> None:
    alarm = recall_alarm("pot", "20261124-01", at=100)
    both = with_batch(alarm, "20261124-02")
    assert both.reason == "20261124-01 20261124-02"
    assert with_batch(both, "20261124-01") is None


def test_a_silent_point_that_guards_nothing_is_of_medium_priority() -> None:
    guarded, alone = (stale_alarm("c1", since=1, known_at=2, reason=None, guarded=guarded) for guarded in (True, False))
    assert (guarded.priority, alone.priority) == (AlarmPriority.HIGH, AlarmPriority.MEDIUM)


BATCH = BatchSubject("20261124-01", "cooling", "pot", ("exposure", "eat_by"))
ALARMS = [
    (limit_alarm(deviation(), known_at=111), "limit", "ccp"),
    (limit_alarm(deviation(returned_at=200), known_at=111), "limit", "ccp"),
    (stale_alarm("chiller", since=1, known_at=2, reason="sensor_failure", guarded=True), "stale", "chiller"),
    (batch_alarm(BATCH, CRITICAL, "fail", since=1, known_at=2, late=True), "batch", "20261124-01.cooling"),
    (batch_alarm(BatchSubject("b", "eat_by"), WARNING, "eat_by_near", since=1, known_at=2), "batch", "b.eat_by"),
    (
        typed_alarm(TypedSubject("ccp", "cold_holding", "chiller"), at=1, value=9.0, limit=5.0),
        "batch",
        "typed.ccp.cold_holding",
    ),
    (stock_alarm(ItemSubject("rice"), AlarmLevel.LOW_STOCK, at=1, value=2.0, limit=20.0, reason="3"), "stock", "rice"),
    (stock_alarm(LotSubject("rice", "lot-7"), AlarmLevel.EXPIRED, at=1, value=2.0), "stock", "lot-7"),
    (recall_alarm("pot", "20261124-01", at=1), "system", "pot"),
    (past_system_alarm(SystemKind.GATEWAY_WAS_OFF, since=1, until=9), "system", "system"),
]


@pytest.mark.parametrize(("alarm", "kind", "key"), ALARMS, ids=[alarm.id for alarm, _, _ in ALARMS])
def test_an_alarm_of_every_kind_comes_back_from_the_journal_as_it_went_in(alarm: Alarm, kind: str, key: str) -> None:
    seen = msgspec.structs.replace(alarm, state=A, acknowledgement=AlarmAcknowledgement(5, "siti", "pintu ditutup"))
    for one in (alarm, seen):
        assert from_row(as_row(one)) == one
        body = msgspec.json.encode(record_of(one))
        assert msgspec.json.decode(body, type=AlarmRecord) == record_of(one)
    assert (alarm.kind, alarm.subject.key) == (AlarmKind(kind), key)
    assert alarm.id == f"{key}.{alarm.level}.{alarm.started_at}"


def test_a_row_has_the_columns_of_the_journals_table_in_their_order() -> None:
    record = dict(zip(COLUMNS, as_row(ALARMS[3][0]), strict=True))
    assert record == {
        "id": "20261124-01.cooling.critical.1",
        "control": "cooling",
        "point": "pot",
        "kind": "batch",
        "level": "critical",
        "priority": "high",
        "state": "NORMAL",
        "started_at": 1,
        "raised_at": 1,
        "known_at": 2,
        "returned_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "note": None,
        "value": None,
        "limit": None,
        "worst": None,
        "late": True,
        "reason": "fail",
        "item": None,
        "lot": None,
        "batch": "20261124-01",
        "also": "exposure eat_by",
    }
    assert all(type(value) in {str, int, float, bool, type(None), AlarmState} for value in record.values())


def test_of_finds_only_its_own_subject() -> None:
    board = Board(msgspec.structs.replace(alarm, state=U) for alarm, _, _ in ALARMS)
    assert board.of(ProbeSubject("pot"), AlarmLevel.BATCHES_FAIL).reason == "20261124-01"
    assert board.of(PointSubject("pot"), AlarmLevel.STALE) is None
    assert [alarm.id for alarm in board.of_batch("20261124-01")] == ["20261124-01.cooling.critical.1"]
    assert board.get("rice.low_stock.1").value == 2.0
    assert board.get("rice.low_stock.2") is None
