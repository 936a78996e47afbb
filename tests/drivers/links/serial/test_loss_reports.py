"""One line down, one line up: what a port that jumps, fails at once or is deaf gives to the log."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.links.serial.loss_reports import LONGEST_HOLD, LinkReport, LossReports

step = st.sampled_from(["open", "silence", "byte", "reading", "lost", "deaf"])


def played(news: LossReports, steps: list[tuple[str, float]]) -> list[LinkReport]:
    """What is said when this happens, each after so many seconds."""
    now, said = 0.0, []
    for what, after in steps:
        now += after
        match what:
            case "open":
                said.append(news.opened("open", now))
            case "lost" | "deaf":
                said.append(news.lost(what, now, deaf=what == "deaf"))
            case _:
                said.append(news.turned(now, byte=what != "silence", reading=what == "reading"))
    return [each for each in said if each is not None]


@given(st.lists(st.tuples(step, st.floats(0.0, 90.0))))
def test_up_and_down_take_turns(steps):
    ups = [each.up for each in played(LossReports(), steps)]
    assert all(before != after for before, after in pairwise(ups))


@given(st.integers(1, 200), st.floats(0.0, 0.9))
def test_a_port_that_opens_and_fails_at_once_gives_two_lines_in_all(times, lives):
    flap = [("open", 1.0), ("silence", lives), ("lost", 0.0)]
    assert [each.up for each in played(LossReports(), flap * times)] == [True, False]


def test_a_port_that_fails_every_few_seconds_is_said_ever_more_rarely():
    said = played(LossReports(), [("open", 1.0), ("silence", 5.0), ("lost", 0.0)] * 200)
    assert len(said) < 10


def test_a_port_that_fails_again_and_again_is_back_once_it_has_held_a_minute():
    flap = [("open", 1.0), ("silence", 0.5), ("lost", 0.0)] * 50
    said = played(LossReports(), [*flap, ("open", 1.0), ("silence", LONGEST_HOLD)])
    assert [each.up for each in said] == [True, False, True]


def test_a_reading_brings_the_line_back_at_once():
    said = played(LossReports(), [("open", 0.0), ("lost", 5.0), ("open", 1.0), ("byte", 0.1), ("reading", 0.1)])
    assert [each.up for each in said] == [True, False, True]


def test_opening_a_deaf_line_proves_nothing_a_byte_does():
    deaf = [("open", 0.0), ("deaf", 10.0), ("open", 1.0), ("silence", 9.0), ("deaf", 1.0), ("open", 1.0)]
    assert [each.up for each in played(LossReports(), deaf)] == [True, False]
    assert [each.up for each in played(LossReports(), [*deaf, ("byte", 1.0)])] == [True, False, True]


def test_a_port_that_is_missing_at_the_start_is_said():
    assert [each.up for each in played(LossReports(), [("lost", 0.0), ("lost", 1.0)])] == [False]
