"""Each reading has a time of its own, and one that comes twice is one."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.config import parse
from gateway.config.plan import HaccpPlan
from gateway.ingest.redelivery import Inbox, inbox_key
from gateway.journal.writing.writer import INBOX_KEPT
from gateway.monitoring.points.point import LivePoint, points_of
from gateway.monitoring.points.timeline import Timeline

PLAN = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
points: [{id: c1-air, name: C, device: c1, channel: temperature, quantity: temperature, interval: 10s}]
"""


def point() -> LivePoint:
    from pathlib import Path

    config = parse(PLAN, Path("kitchen.yaml"))
    (live,) = points_of(config, HaccpPlan(config.haccp)).values()
    return live


class Journal:
    """What a timeline has placed, as the journal would keep it."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[float | None, int]] = {}
        self.timeline = Timeline(lambda _, at: self.rows.get(at))
        self.point = point()

    def take(self, at: int, value: float, *, from_device: bool) -> int | None:
        placed = self.timeline.place(self.point, at, value, 2, from_device=from_device)
        if placed is not None:
            assert placed not in self.rows
            self.rows[placed] = (value, 2)
            self.point.newest_at = max(self.point.newest_at, placed)
        return placed


def test_ten_equal_weights_in_one_chunk_are_ten_readings() -> None:
    journal = Journal()
    assert [journal.take(1_000, 25.0, from_device=False) for _ in range(10)] == list(range(1_000, 1_010))


def test_the_same_device_time_and_value_is_the_same_reading_and_another_value_the_next_microsecond() -> None:
    journal = Journal()
    assert journal.take(1_000, 3.4, from_device=True) == 1_000
    assert journal.take(1_000, 3.4, from_device=True) is None
    assert journal.take(1_000, 3.5, from_device=True) == 1_001
    assert journal.take(1_000, 3.5, from_device=True) is None


readings = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30)


@given(sent=readings, again=st.data())
def test_a_redelivery_in_any_order_lands_on_itself(sent: list[tuple[int, int]], again: st.DataObject) -> None:
    """Devices give milliseconds at best, so two readings of one are never a microsecond apart."""
    journal = Journal()
    for milliseconds, value in sent:
        journal.take(milliseconds * 1_000, float(value), from_device=True)
    assert len(journal.rows) == len(set(sent))
    journal.timeline.committed()
    for milliseconds, value in again.draw(st.permutations(sent)):
        assert journal.take(milliseconds * 1_000, float(value), from_device=True) is None


def test_the_inbox_knows_the_newest_messages_and_forgets_an_old_session() -> None:
    inbox = Inbox(inbox_key(n % 65_535, "t", b"%d" % n) for n in range(INBOX_KEPT + 1))
    assert inbox_key(1, "t", b"1") in inbox
    assert inbox_key(0, "t", b"0") not in inbox
    assert inbox_key(1, "t", b"2") not in inbox
    inbox.clear()
    assert inbox_key(1, "t", b"1") not in inbox
