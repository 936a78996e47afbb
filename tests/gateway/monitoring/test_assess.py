"""What a reading is worth is decided in one place: each doubt, their order, and that a fault never becomes a number."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Flag, Quality, Quantity, Reading, Reason
from gateway.config import parse
from gateway.config.plan import HaccpPlan
from gateway.monitoring.points import behaviour
from gateway.monitoring.points.assess import Assessed, assess
from gateway.monitoring.points.point import Latest, LivePoint, points_of
from gateway.records.corrections import Correction, Corrections, Kind
from gateway.records.quality import AHEAD, EARLIEST, is_judged, is_sound

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOW = 1_795_500_000_000_000
PLAN = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
points:
  - {id: air, name: Air, device: c1, channel: t, quantity: temperature, interval: 1m, range: [-40, 80], max_rate: 5,
     stuck_after: 1h}
"""
CONFIG = parse(PLAN, Path("kitchen.yaml"))
IN_CHECK = Corrections().with_(Correction(Kind.BEGUN, NOW - MINUTE, until=NOW + 10 * MINUTE))


def point(*, corrections: Corrections | None = None, value: float | None = None) -> LivePoint:
    """A point at rest, or one whose newest value stood for ten minutes until a minute ago."""
    (live,) = points_of(CONFIG, HaccpPlan(CONFIG.haccp)).values()
    if corrections is not None:
        live.corrections = corrections
    if value is not None:
        live.live_at = live.newest_at = NOW - MINUTE
        live.latest = Latest(NOW - MINUTE, value, Quality.GOOD, None, None, None)
        live.behaviour = behaviour.begin(NOW - 10 * MINUTE, value)
        live.behaviour.at = live.behaviour.believed_at = NOW - MINUTE
    return live


def reading(value: float | None = 3.4, **facts: object) -> Reading:
    usual: dict[str, object] = {"device": "c1", "channel": "t", "quantity": Quantity.TEMPERATURE, "unit": "Cel"}
    return Reading(value=value, **usual | {"measured_at": NOW} | facts)  # type: ignore[arg-type]


def assessed(live: LivePoint, sent: Reading, *, clock_known: bool = True, at: int = NOW) -> Assessed:
    found = assess(live, sent, at, clock_known=clock_known)
    assert found is not None
    return found


def verdict(found: Assessed) -> tuple[Quality, str | None]:
    return found.quality, found.reason


@pytest.mark.parametrize(
    ("sent", "quality", "reason"),
    [
        (reading(), Quality.GOOD, None),
        (reading(None), Quality.BAD, Reason.NO_READING),
        (
            reading(85.0, quality=Quality.UNCERTAIN, reason=Reason.POWER_ON_VALUE),
            Quality.UNCERTAIN,
            Reason.POWER_ON_VALUE,
        ),
        (reading(None, quality=Quality.BAD, reason=Reason.SENSOR_FAILURE), Quality.BAD, Reason.SENSOR_FAILURE),
        (reading(80.1), Quality.UNCERTAIN, Reason.OUT_OF_RANGE),
        (reading(-40.1), Quality.UNCERTAIN, Reason.OUT_OF_RANGE),
        (reading(80.0), Quality.GOOD, None),
        (reading(measured_at=EARLIEST - 1), Quality.GOOD, Reason.CLOCK_INVALID),
        (reading(measured_at=NOW + AHEAD + 1), Quality.GOOD, Reason.CLOCK_INVALID),
        (reading(81.0, measured_at=EARLIEST - 1), Quality.UNCERTAIN, Reason.OUT_OF_RANGE),
        (reading(measured_at=None), Quality.GOOD, None),
    ],
)
def test_a_value_is_doubted_by_its_driver_its_range_and_its_date(
    sent: Reading, quality: Quality, reason: str | None
) -> None:
    assert verdict(assessed(point(), sent)) == (quality, reason)


def test_a_device_that_dates_its_reading_is_believed_and_any_other_is_dated_by_its_arrival() -> None:
    own = assessed(point(), reading(measured_at=NOW - 5 * MINUTE))
    assert (own.at, own.own_time) == (NOW - 5 * MINUTE, True)
    for measured_at in (None, EARLIEST - 1, NOW + AHEAD + SECOND):
        found = assessed(point(), reading(measured_at=measured_at), at=NOW + 1_234)
        assert (found.at, found.own_time) == (NOW + 1_000, False), "the millisecond of its arrival"


def test_a_time_that_counts_from_the_arrival_dates_a_reading_but_does_not_identify_it() -> None:
    found = assessed(point(), reading(measured_at=NOW - MINUTE, flags=Flag.RELATIVE))
    assert (found.at, found.own_time) == (NOW - MINUTE, False)


def test_while_our_clock_is_unknown_a_good_value_has_a_doubtful_date_unless_its_device_tells_it() -> None:
    dated = assessed(point(), reading(), clock_known=False)
    assert (verdict(dated), dated.flags) == ((Quality.GOOD, None), Flag.NONE)
    undated = assessed(point(), reading(measured_at=None), clock_known=False)
    assert verdict(undated) == (Quality.UNCERTAIN, Reason.CLOCK_UNSYNCED)
    assert undated.flags is Flag.UNDATED
    assert is_sound(*verdict(undated)), "the date is doubted, the value is not"
    worse = assessed(point(), reading(90.0, measured_at=None), clock_known=False)
    assert verdict(worse) == (Quality.UNCERTAIN, Reason.OUT_OF_RANGE)


def test_a_probe_in_its_check_proves_nothing_and_a_fault_of_it_stays_a_fault() -> None:
    found = assessed(point(corrections=IN_CHECK), reading(0.1))
    assert (verdict(found), found.value) == ((Quality.UNCERTAIN, Reason.IN_CHECK), 0.1)
    assert not is_judged(*verdict(found))
    fault = assessed(point(corrections=IN_CHECK), reading(None))
    assert verdict(fault) == (Quality.BAD, Reason.NO_READING)


def test_a_retained_message_without_a_time_is_the_last_known_value_and_nothing_where_there_is_a_newer_one() -> None:
    sent = reading(measured_at=None, flags=Flag.RETAINED)
    assert verdict(assessed(point(), sent)) == (Quality.UNCERTAIN, Reason.LAST_USABLE_VALUE)
    assert assess(point(value=3.0), sent, NOW, clock_known=True) is None
    dated = assessed(point(value=3.0), reading(flags=Flag.RETAINED))
    assert verdict(dated) == (Quality.GOOD, None), "its own time tells when it was"


def test_a_leap_and_a_value_that_stands_too_long_are_doubted_and_a_flagged_or_late_one_is_not_asked() -> None:
    assert verdict(assessed(point(value=3.0), reading(9.0))) == (Quality.UNCERTAIN, Reason.RATE)
    assert verdict(assessed(point(value=3.0), reading(7.0))) == (Quality.GOOD, None)
    still = point(value=3.0)
    assert still.behaviour is not None
    still.behaviour.since = NOW - 2 * 60 * MINUTE
    assert verdict(assessed(still, reading(3.0))) == (Quality.UNCERTAIN, Reason.STUCK)
    for sent in (reading(9.0, flags=Flag.HISTORICAL), reading(9.0, measured_at=NOW - 2 * MINUTE)):
        found = assessed(point(value=3.0), sent)
        assert (verdict(found), found.shows_behaviour) == ((Quality.GOOD, None), False)


READINGS = st.builds(
    reading,
    st.one_of(st.none(), st.floats(-300, 300)),
    quality=st.sampled_from(Quality),
    reason=st.one_of(st.none(), st.sampled_from([Reason.SENSOR_FAILURE, Reason.POWER_ON_VALUE])),
    measured_at=st.one_of(st.none(), st.integers(0, NOW + 10 * MINUTE)),
    flags=st.integers(0, Flag.RETAINED | Flag.REPEATED | Flag.RELATIVE | Flag.HISTORICAL).map(Flag),
)


@given(
    sent=READINGS,
    clock_known=st.booleans(),
    corrections=st.sampled_from([None, IN_CHECK]),
    before=st.one_of(st.none(), st.floats(-50, 90)),
)
def test_no_reading_gets_better_than_its_device_said_or_another_value_and_nothing_but_the_answer_changes(
    sent: Reading, clock_known: bool, corrections: Corrections | None, before: float | None
) -> None:
    live = point(corrections=corrections, value=before)
    state = msgspec.json.encode(live.behaviour), live.latest, live.newest_at, live.corrections
    found = assess(live, sent, NOW, clock_known=clock_known)
    assert (msgspec.json.encode(live.behaviour), live.latest, live.newest_at, live.corrections) == state
    if found is None:
        return
    assert found.quality <= sent.quality or sent.flags & Flag.RETAINED
    assert found.value is None or found.value == sent.value, "the raw value is recorded"
    assert found.value is None or found.quality is not Quality.BAD
    assert found.at == sent.measured_at or NOW - 1_000 < found.at <= NOW
    assert not is_judged(found.quality, found.reason) or found.value is not None
