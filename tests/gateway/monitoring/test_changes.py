"""What has changed is taken once: nothing of it is lost between two commits, and nothing is told twice."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gateway.monitoring.changes import Changes

NOTES = st.lists(
    st.tuples(st.sampled_from(["point", "alarm", "item", "shown", "plan", "corrected"]), st.integers(0, 3))
)


def note(changes: Changes, kind: str, number: int) -> None:
    name = f"n{number}"
    match kind:
        case "point":
            changes.points[name] = object()  # type: ignore[assignment]
        case "alarm":
            changes.alarms[name] = object()  # type: ignore[assignment]
        case "item":
            changes.stock.items[name] = True
        case "shown":
            changes.stock.items.setdefault(name, False)
        case "plan":
            changes.plan = True
        case "corrected":
            changes.correct(name, 100 - number)


def told(changes: Changes) -> set[str]:
    return {
        *(f"point {name}" for name in changes.points),
        *(f"alarm {name}" for name in changes.alarms),
        *(f"stock {name} {whole}" for name, whole in changes.stock.items.items()),
        *(f"corrected {name}" for name in changes.corrected),
        *(["plan"] if changes.plan else []),
    }


@given(st.lists(NOTES, max_size=6))
def test_each_note_is_in_the_taking_after_it_and_in_no_other(turns: list[list[tuple[str, int]]]) -> None:
    changes = Changes()
    mailboxes = (changes.points, changes.alarms, changes.stock)
    for notes in turns:
        expected = Changes()
        for kind, number in notes:
            note(changes, kind, number)
            note(expected, kind, number)
        assert told(changes.take()) == told(expected)
        assert told(changes) == set()
        assert mailboxes == (changes.points, changes.alarms, changes.stock), "rooms hold on to their part of it"


@given(st.lists(NOTES, max_size=6))
def test_what_waits_to_be_told_over_several_commits_is_all_of_them_together(turns: list[list[tuple[str, int]]]) -> None:
    changes, pending, everything = Changes(), Changes(), Changes()
    for notes in turns:
        for kind, number in notes:
            note(changes, kind, number)
            note(everything, kind, number)
        pending.merge(changes.take())
    assert told(pending) == told(everything)


def test_a_point_that_is_corrected_twice_is_sent_again_from_the_earlier_moment() -> None:
    changes = Changes()
    for since in (30, 10, 20):
        changes.correct("pot", since)
    assert changes.take().corrected == {"pot": 10}


def test_an_item_whose_stock_moved_is_told_whole_although_its_scale_has_shown_something_since() -> None:
    pending, later = Changes(), Changes()
    pending.stock.items["rice"] = True
    later.stock.items["rice"] = False
    pending.merge(later)
    assert Counter(pending.stock.items) == {"rice": True}
