"""Coverage: every second is covered, set aside, or in a gap with its reason, and the parts add up to the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.journal.coverage.stretches import SILENT, Cover, NamedGap, Seen, Stretch, by_hour, coverage, totals

GAP = 60
GOOD, UNCERTAIN, BAD = 2, 1, 0


def good(*times: int) -> list[Seen]:
    return [Seen(at, GOOD, None) for at in times]


CASES = [
    ("readings close enough cover the time between", good(0, 60, 120), [], [(0, 120, "covered", None)]),
    (
        "the device was silent longer than it may be",
        good(0, 61, 120),
        [],
        [(0, 61, "gap", SILENT), (61, 120, "covered", None)],
    ),
    (
        "a reading that cannot be judged sets aside the time on both of its sides",
        [*good(0, 30), Seen(60, BAD, "no_communication"), *good(90, 120)],
        [],
        [(0, 30, "covered", None), (30, 90, "set_aside", "no_communication"), (90, 120, "covered", None)],
    ),
    (
        "doubt about calibration does not take a reading away, a value out of range does",
        [Seen(0, UNCERTAIN, "calibration"), Seen(60, UNCERTAIN, "calibration"), Seen(120, UNCERTAIN, "out_of_range")],
        [],
        [(0, 60, "covered", None), (60, 120, "set_aside", "out_of_range")],
    ),
    (
        "a named gap takes the few seconds beside it in which nothing was due",
        good(0, 10, 100, 120),
        [NamedGap(20, 95, "gateway_off")],
        [(0, 10, "covered", None), (10, 100, "gap", "gateway_off"), (100, 120, "covered", None)],
    ),
    (
        "a long silence beside a named gap is a silence of its own",
        good(0),
        [NamedGap(100, 110, "disk")],
        [(0, 100, "gap", SILENT), (100, 120, "gap", "disk")],
    ),
    (
        "a named gap that readings bridge was none for this point",
        good(0, 50, 100, 120),
        [NamedGap(10, 40, "broker_lost")],
        [(0, 120, "covered", None)],
    ),
    (
        "of two gaps that overlap the earlier one comes first",
        [],
        [NamedGap(50, 120, "disk"), NamedGap(0, 70, "gateway_off")],
        [(0, 70, "gap", "gateway_off"), (70, 120, "gap", "disk")],
    ),
    ("nothing was ever heard", [], [], [(0, 120, "gap", SILENT)]),
    ("readings before and after count", good(-30, 30, 90, 150), [], [(0, 120, "covered", None)]),
    ("what follows the last reading is no gap yet", good(0, 60), [], [(0, 120, "covered", None)]),
]


BY_CHANGE = [
    ("silence covers while nobody says that the device is gone", good(0, 60), [], [(0, 120, "covered", None)]),
    (
        "a device that was gone covers until then, and nothing until it speaks again",
        [*good(0), Seen(30, BAD, "no_communication"), *good(80)],
        [],
        [(0, 30, "covered", None), (30, 80, "gap", SILENT), (80, 120, "covered", None)],
    ),
    (
        "one that is still gone is a gap up to now",
        [*good(0, 50), Seen(60, BAD, "no_communication")],
        [],
        [(0, 60, "covered", None), (60, 120, "gap", SILENT)],
    ),
    (
        "what took its words away has a name, what follows is its silence",
        [*good(0), Seen(30, BAD, "no_communication"), *good(80)],
        [NamedGap(30, 70, "broker_lost")],
        [
            (0, 30, "covered", None),
            (30, 70, "gap", "broker_lost"),
            (70, 80, "gap", SILENT),
            (80, 120, "covered", None),
        ],
    ),
    (
        "a named gap is one however short, since a change may have been missed",
        good(0, 50, 110),
        [NamedGap(10, 12, "gateway_off")],
        [(0, 10, "covered", None), (10, 12, "gap", "gateway_off"), (12, 120, "covered", None)],
    ),
    ("beyond its longest silence nobody knows", good(0, 90), [], [(0, 90, "gap", SILENT), (90, 120, "covered", None)]),
    (
        "what cannot be judged is set aside until its next reading",
        [*good(0), Seen(30, UNCERTAIN, "out_of_range"), *good(60)],
        [],
        [(0, 30, "covered", None), (30, 60, "set_aside", "out_of_range"), (60, 120, "covered", None)],
    ),
]


@pytest.mark.parametrize(("name", "readings", "named", "expected"), BY_CHANGE, ids=[case[0] for case in BY_CHANGE])
def test_coverage_of_a_device_that_reports_changes(
    name: str, readings: list[Seen], named: list[NamedGap], expected: list[tuple[int, int, str, str | None]]
) -> None:
    found = coverage(readings, named, since=0, until=120, now=120, max_gap=GAP, by_change=True)
    assert [(each.begin, each.end, each.cover.value, each.reason) for each in found] == expected


@pytest.mark.parametrize(("name", "readings", "named", "expected"), CASES, ids=[case[0] for case in CASES])
def test_coverage(
    name: str, readings: list[Seen], named: list[NamedGap], expected: list[tuple[int, int, str, str | None]]
) -> None:
    found = coverage(readings, named, since=0, until=120, now=120, max_gap=GAP)
    assert [(each.begin, each.end, each.cover.value, each.reason) for each in found] == expected


SEEN = st.builds(
    Seen,
    st.integers(-200, 2_200),
    st.sampled_from([GOOD, UNCERTAIN, BAD]),
    st.sampled_from([None, "stale", "calibration", "no_communication"]),
)
NAMED = st.builds(
    lambda begin, length, reason: NamedGap(begin, begin + length, reason),
    st.integers(-100, 2_100),
    st.integers(0, 700),
    st.sampled_from(["disk", "gateway_off", "cap", "link_down", "overrun", "clock_unknown"]),
)


@given(
    st.lists(SEEN, unique_by=lambda seen: seen.at).map(sorted),
    st.lists(NAMED, max_size=5),
    st.integers(0, 1_000),
    st.integers(0, 1_000),
    st.booleans(),
)
def test_the_parts_always_add_up_to_the_whole(
    readings: list[Seen], named: list[NamedGap], since: int, length: int, by_change: bool
) -> None:
    until = since + length
    near = [seen for seen in readings if since - GAP <= seen.at <= until + GAP]
    found = coverage(near, named, since=since, until=until, now=until, max_gap=GAP, by_change=by_change)
    ends = [since, *(each.end for each in found)]
    assert [each.begin for each in found] == ends[:-1], "no hole, no overlap"
    assert ends[-1] == until or not length
    assert all(each.begin < each.end for each in found)
    assert all((each.reason is None) == (each.cover is Cover.COVERED) for each in found)
    assert sum(totals(found).values()) == length
    assert totals(by_hour(found, 97)) == totals(found)


@given(
    st.lists(SEEN, unique_by=lambda seen: seen.at).map(sorted),
    st.lists(NAMED, max_size=5),
    st.tuples(*[st.integers(0, 2_000)] * 3).map(sorted),
    st.booleans(),
)
def test_an_hour_by_itself_is_told_like_the_same_hour_of_its_night(
    readings: list[Seen], named: list[NamedGap], moments: list[int], by_change: bool
) -> None:
    """Whatever is asked for: from when to when, and when that was."""
    since, until, now = moments
    known = [seen for seen in readings if seen.at <= now]
    night = coverage(known, named, since=-500, until=now, now=now, max_gap=GAP, by_change=by_change)
    near = [seen for seen in known if since - GAP <= seen.at <= until + GAP]
    gaps = [gap for gap in named if gap.end > since - GAP and gap.begin < until + GAP]
    cut = [each._replace(begin=max(each.begin, since), end=min(each.end, until)) for each in night]
    found = coverage(near, gaps, since=since, until=until, now=now, max_gap=GAP, by_change=by_change)
    assert found == [each for each in cut if each.begin < each.end]


def test_stretches_are_cut_at_full_hours() -> None:
    cut = list(by_hour([Stretch(50, 250, Cover.COVERED, None)], 100))
    assert [(each.begin, each.end) for each in cut] == [(50, 100), (100, 200), (200, 250)]
