"""What the simulated scales write, the drivers read: encoders and decoders were written apart, from the manuals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Reason
from drivers.scales.common.weighing import Weighing
from drivers.scales.protocols import SCALES, decode, stream_scale
from simulators.devices.scale import DisplayedWeight as Shown
from simulators.devices.scale_frames import FRAMES

# protocol → places of its number, where the simulated model has no choice
PLACES = {"cas-pos": 2, "nci": 2, "toledo-8217": 3, "yaohua-y1": 3}
# A checkout scale sends a status in place of a weight that moves or is below zero.
ONLY_STABLE, ONLY_POSITIVE = {"toledo-8217", "nci"}, {"toledo-8217"}
# A model whose frames name no unit, or only kg.
UNITS = {"toledo-8217": ["kg"], "yaohua-y3": ["kg"], "condec": ["kg", "lb"], "cas-cmd": ["kg", "lb"]}


@st.composite
def displays(draw: st.DrawFn, name: str) -> list[Shown]:
    """What one scale shows: its number has a fixed point and its unit stays."""
    places = PLACES.get(name) or draw(st.integers(1, 3))
    unit = draw(st.sampled_from(UNITS.get(name, ["kg", "g", "lb"])))
    lowest = 0 if name in ONLY_POSITIVE else -9_999
    weights = st.integers(lowest, 99_999).map(lambda digits: Decimal(digits).scaleb(-places))
    stable = st.just(True) if name in ONLY_STABLE else st.booleans()
    shown = st.builds(Shown, weight=weights, stable=stable, net=st.booleans(), unit=st.just(unit))
    return draw(st.lists(shown, min_size=1, max_size=6))


def matches(read: Weighing, shown: Shown) -> bool:
    """The weight is the one that is shown; of the rest a frame says the truth or nothing."""
    return (
        read.weight == shown.weight
        and read.unit in {None, shown.unit}
        and read.stable in {None, shown.stable}
        and read.net in {None, shown.net}
        and not read.overload
        and read.error is None
    )


def test_every_protocol_has_its_simulator():
    assert set(FRAMES) == set(SCALES)


@pytest.mark.parametrize("name", SCALES)
@given(data=st.data())
def test_what_a_scale_shows_is_what_is_read_however_the_stream_is_cut(name, data):
    shown = data.draw(displays(name))
    stream = b"\r\n" + b"".join(map(FRAMES[name], shown))
    ends = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=12)))
    scale = stream_scale(name, "rice-scale")
    pieces = [stream[start:end] for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)]
    read = [each for piece in [*pieces, b"\r\n="] for each in scale.weighings(piece)]
    weighings = [each for each in read if isinstance(each, Weighing)]
    assert len(weighings) == len(shown)
    assert all(map(matches, weighings, shown))


@pytest.mark.parametrize("name", SCALES)
def test_above_capacity_no_digit_is_a_weight(name):
    frame = FRAMES[name](Shown(weight=None, stable=False))
    read = decode(name, frame)
    assert read.weight is None
    assert read.overload or read.error in {Reason.FRAMING, Reason.BUSY, Reason.SCALE_ERROR}
