"""What waits in memory while the disk is dead."""

import pytest

from gateway.journal.writing import backlog
from gateway.journal.writing.backlog import Backlog
from gateway.records.transaction import Event, Transaction


def transaction(*times: int) -> Transaction:
    readings = [("air", at, float(at), 2, None, None, None, None, 0) for at in times]
    event = Event(key=str(times), kind="mark", subject="kitchen", at=times[0], body={})
    return Transaction(readings=readings, events=[event])


def test_all_that_waits_is_written_as_one_transaction_in_its_order_with_the_gap_behind_it() -> None:
    waiting = Backlog()
    for number in (1, 2):
        waiting.hold(transaction(number))
    whole = waiting.with_(Transaction(events=[Event(key="gap", kind="gap", subject="journal", at=0, body={})]))
    assert [row[1] for row in whole.readings] == [1, 2]
    assert [event.key for event in whole.events] == ["(1,)", "(2,)", "gap"]


def test_without_room_the_oldest_readings_are_dropped_and_counted_and_no_event_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backlog, "MEMORY_READINGS", 3)
    waiting = Backlog()
    for times in ((1, 2), (3, 4), (5,)):
        waiting.hold(transaction(*times))
    assert (len(waiting), waiting.dropped) == (3, 2)
    assert waiting.value_at("air", 2) is None
    assert waiting.value_at("air", 3) == (3.0, 2)
    whole = waiting.with_(Transaction())
    assert ([row[1] for row in whole.readings], len(whole.events)) == ([3, 4, 5], 3)


def test_what_is_written_is_forgotten() -> None:
    waiting = Backlog()
    waiting.hold(transaction(1))
    waiting.clear()
    assert (len(waiting), waiting.value_at("air", 1), waiting.with_(Transaction()).readings) == (0, None, [])
