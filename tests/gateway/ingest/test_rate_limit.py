"""A scale that sends too fast is thinned, and its newest value is kept."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Quantity, Reading
from gateway.ingest.rate_limit import BROKER_BURST, MAX_RATE, WIRE_BURST, Arrived, RateLimit

SECOND = 1_000_000
SOURCE = ("s1", "weight", Quantity.WEIGHT)


def weighing(kg: float) -> Reading:
    return Reading(device="s1", channel="weight", quantity=Quantity.WEIGHT, value=kg, unit="kg")


def test_ten_frames_of_one_chunk_pass_whole() -> None:
    limit = RateLimit([SOURCE], WIRE_BURST)
    assert all(limit.admits(weighing(number), 5 * SECOND) for number in range(MAX_RATE))
    assert limit.thinned == 0


@given(steps=st.lists(st.integers(1_000, 400_000), min_size=1, max_size=200))
def test_no_more_than_the_rate_passes_in_order_and_the_newest_value_is_never_lost(steps: list[int]) -> None:
    limit, at, passed = RateLimit([SOURCE], WIRE_BURST), 10 * SECOND, list[Arrived]()
    for number, step in enumerate(steps):
        at += step
        passed += limit.tick(at)
        if limit.admits(reading := weighing(float(number)), at):
            passed.append((reading, at))
    passed += limit.tick(at + SECOND)
    values = [reading.value for reading, _ in passed]
    assert values == sorted(values)  # type: ignore[type-var]
    assert values[-1] == len(steps) - 1
    assert len(values) + limit.thinned == len(steps)
    assert len(values) <= (sum(steps) + 2 * SECOND) / SECOND * MAX_RATE + 1


def test_what_waited_in_the_broker_for_hours_passes_whole_and_a_flood_does_not() -> None:
    limit, began = RateLimit([SOURCE], BROKER_BURST), 86_400 * SECOND
    waited = 3 * 3_600 * MAX_RATE
    assert all(limit.admits(weighing(1.0), began) for _ in range(waited))
    for number in range(24 * 3_600 * MAX_RATE):
        if not limit.admits(weighing(float(number)), began):
            break
    assert number + waited == 24 * 3_600 * MAX_RATE, "a day of the rate, and no more"
    assert [reading.value for reading, _ in limit.release()] == [number], "the newest is kept"


def test_a_channel_that_nothing_is_kept_of_is_not_counted() -> None:
    limit = RateLimit([], WIRE_BURST)
    assert all(limit.admits(weighing(1.0), SECOND) for _ in range(100))
    assert limit.thinned == 0
