"""Spans of offset and of doubt, against a plain model: every moment looked up in the events themselves."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Quality, Reason
from gateway.haccp.models.boiling_point import boiling_point
from gateway.haccp.models.calibration import CheckOutcome, check, check_boiling
from gateway.haccp.rules.trace import SECOND
from gateway.monitoring.probes.baths import BathLog
from gateway.monitoring.probes.calibration import corrections_of, corrections_of_boiling
from gateway.records.corrections import ALWAYS, Correction, Corrections, Kind, corrections, of_offset

times = st.integers(0, 12)
offsets = st.builds(Correction, st.just(Kind.OFFSET), times, st.sampled_from([0.0, 0.4, -0.6]))
doubts = st.builds(Correction, st.just(Kind.DOUBT), times)
trusts = st.builds(Correction, st.just(Kind.TRUST), times)


def offset_by_hand(events: list[Correction], at: int) -> float:
    """Of the events that hold at a moment, the last one that was written, unless a later one has replaced it."""
    for event in reversed([one for one in events if one.kind is Kind.OFFSET]):
        if event.since <= at:
            return event.offset
    return 0.0


def doubted_by_hand(events: list[Correction], at: int) -> bool:
    doubted = False
    standing: int | None = None
    for event in events:
        if event.kind is Kind.DOUBT:
            standing = event.since if standing is None else min(standing, event.since)
            doubted = doubted or event.since <= at
        elif event.kind is Kind.TRUST and standing is not None:
            standing = None
            doubted = doubted and at < event.since
    return doubted


@given(st.lists(offsets), times)
def test_the_newest_word_about_a_moment_is_its_offset(events: list[Correction], at: int) -> None:
    assert corrections(events).offset(at) == offset_by_hand(events, at)


@given(st.lists(offsets | doubts | trusts), times)
def test_spans_lie_apart_and_in_order(events: list[Correction], at: int) -> None:
    found = corrections(events)
    ends = [end for since, until in found.doubts for end in (since, until)]
    assert None not in ends[:-1]
    assert all(a <= b for a, b in pairwise(ends) if a is not None and b is not None)
    assert [since for since, _ in found.steps] == sorted({since for since, _ in found.steps})
    quality, reason = found.quality(Quality.GOOD, None, at)
    assert (reason == Reason.CALIBRATION) == found.is_doubted(at) == (quality is Quality.UNCERTAIN)


@given(times, times, times)
def test_a_doubt_lasts_until_the_good_check(since: int, until: int, at: int) -> None:
    events = [Correction(Kind.DOUBT, min(since, until)), Correction(Kind.TRUST, max(since, until))]
    assert corrections(events).is_doubted(at) == doubted_by_hand(events, at)


def test_a_doubt_never_makes_a_reading_better() -> None:
    found = corrections([Correction(Kind.DOUBT, 0)])
    assert found.quality(Quality.BAD, Reason.SENSOR_FAILURE, 5) == (Quality.BAD, Reason.SENSOR_FAILURE)
    assert found.quality(Quality.UNCERTAIN, Reason.OUT_OF_RANGE, 5) == (Quality.UNCERTAIN, Reason.OUT_OF_RANGE)


def test_a_small_offset_holds_from_the_check_on() -> None:
    found = corrections_of(check([0.6, 0.61, 0.59]), Corrections(), at=100, since=100)
    then = corrections(found)
    assert (then.value(3.4, 99), then.value(3.4, 100), then.trusted_at) == (3.4, 2.8, 100)


def test_a_probe_set_aside_is_doubted_back_to_its_last_good_check_and_its_readings_get_the_found_offset() -> None:
    before = corrections([Correction(Kind.TRUST, 40)])
    after = before
    for one in corrections_of(check([1.6, 1.61, 1.59]), before, at=100, since=100):
        after = after.with_(one)
    assert (after.doubts, after.steps) == (((40, None),), ((40, -1.6),))


def test_an_unsteady_bath_changes_nothing() -> None:
    assert corrections_of(check([0.0, 1.0, 2.9]), of_offset(0.2), at=100, since=100) == []


def test_within_the_tolerance_an_offset_stays_only_where_it_helps() -> None:
    helping = corrections_of(check([-0.2, -0.21, -0.19]), of_offset(0.2), at=100, since=100)
    harming = corrections_of(check([0.1, 0.11, 0.09]), of_offset(0.5), at=100, since=100)
    assert [one.kind for one in helping] == [Kind.TRUST]
    assert harming[0] == Correction(Kind.OFFSET, 100, 0.0)
    assert of_offset(0.5).offset(ALWAYS) == 0.5


def test_boiling_water_alone_trusts_or_doubts_and_leaves_the_offset() -> None:
    boils, before = boiling_point(700), corrections([Correction(Kind.OFFSET, 5, 0.4), Correction(Kind.TRUST, 40)])
    for error, kind, since in ((0.9, Kind.TRUST, 100), (-0.9, Kind.TRUST, 100), (1.2, Kind.DOUBT, 40)):
        found = check_boiling([boils - 0.4 + error] * 3, before.offset(100), 700)
        assert corrections_of_boiling(found, before, at=100) == [Correction(kind, since)]
    bubbling = check_boiling([boils, boils + 0.4, boils - 0.4], 0.0, 700)
    assert bubbling.outcome is CheckOutcome.QUARANTINE
    assert corrections_of_boiling(bubbling, before, at=100) == []


def heard(values: list[float], *, every: int = 10) -> BathLog:
    log = BathLog(0)
    for number, value in enumerate(values):
        log.take(number * every * SECOND, value)
    return log


def test_the_first_steady_minute_is_kept_whatever_the_probe_says_on_its_way_out() -> None:
    log = heard([0.1] * 7 + [25.0, 80.0, 97.7])
    assert log.values() == [0.1] * 6
    assert log.is_done(60 * SECOND)


def test_an_unsteady_bath_is_listened_to_until_it_is_steady() -> None:
    falling = heard([4.0, 3.0, 2.0, 1.0, 0.5, 0.2, 0.1] + [0.0] * 10)
    assert falling.until is not None
    assert max(falling.values()) <= 0.2
    assert not heard([0.0, 0.0], every=60).is_done(59 * SECOND)
