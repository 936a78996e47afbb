"""A scale that sends too fast is thinned, and its newest value is kept."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Quantity, Reading
from gateway.ingest.rate_limit import MAX_RATE, Thinning

SECOND = 1_000_000


def weighing(kg: float) -> Reading:
    return Reading(device="s1", channel="weight", quantity=Quantity.WEIGHT, value=kg, unit="kg")


def test_ten_frames_of_one_chunk_pass_whole() -> None:
    thinning = Thinning()
    passed = [kg for number in range(MAX_RATE) for kg in thinning.take(weighing(number), 5 * SECOND)]
    assert len(passed) == MAX_RATE
    assert thinning.thinned == 0


@given(steps=st.lists(st.integers(1_000, 400_000), min_size=1, max_size=200))
def test_no_more_than_the_rate_passes_in_order_and_the_newest_value_is_never_lost(steps: list[int]) -> None:
    thinning, at, passed = Thinning(), 10 * SECOND, []
    for number, step in enumerate(steps):
        at += step
        passed += thinning.take(weighing(float(number)), at)
    passed += thinning.tick(at + SECOND)
    values = [reading.value for reading, _ in passed]
    assert values == sorted(values)  # type: ignore[type-var]
    assert values[-1] == len(steps) - 1
    assert len(values) + thinning.thinned == len(steps)
    assert len(values) <= (sum(steps) + 2 * SECOND) / SECOND * MAX_RATE + 1
