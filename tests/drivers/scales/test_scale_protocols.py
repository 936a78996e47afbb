"""What every scale protocol promises: its cases, any cut, garbage between frames, no exception for any bytes."""

import json
from decimal import Decimal

import pytest
from driver_cases import FOLDER
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ConfigurationError, DecodeError
from drivers.reading import Reading, Reason
from drivers.scales.common.weighing import Weighing
from drivers.scales.protocols import SCALES, decode, protocol, stream_scale

AT = 1_764_000_000_000_000
FIELDS = ("unit", "stable", "net", "overload", "error")
# csv-st has tests of its own
TESTED = sorted(SCALES.keys() - {"csv-st"})


def cases(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def clean_frames(name: str) -> list[bytes]:
    """Whole frames, each alone in its case."""
    return [bytes.fromhex(case["hex"]) for case in cases(name) if case.get("clean")]


ALL = [(name, case) for name in TESTED for case in cases(name)]


@pytest.mark.parametrize(("name", "case"), ALL, ids=[f"{name}: {case['name']}" for name, case in ALL])
def test_case(name, case):
    weighing = decode(name, bytes.fromhex(case["hex"]), case.get("settings"))
    expected = case["expect"]
    weight = expected["weight"]
    assert weighing.weight == (None if weight is None else Decimal(weight))
    assert {field: getattr(weighing, field) for field in FIELDS} == {field: expected[field] for field in FIELDS}


def heard(name: str, *chunks: bytes) -> list[Weighing | tuple[Reason, bytes]]:
    scale = stream_scale(name, "rice-scale")
    results = [each for chunk in chunks for each in scale.weighings(chunk)]
    if (rest := scale.unfinished()) is not None:
        results.append(rest)
    return [(each.reason, each.raw) if isinstance(each, DecodeError) else each for each in results]


def weighings(name: str, stream: bytes) -> list[Weighing]:
    return [each for each in heard(name, stream) if isinstance(each, Weighing)]


# beginnings of frames, ends, single bytes that mean something, and noise
dirt = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\x02", b"\x01\x02", b"\x06", b"\x15", b"\r", b"\n", b"ST,GS,", b"S S ", b"\x02?", b"\0" * 300]),
)


@pytest.mark.parametrize("name", TESTED)
@given(data=st.data())
def test_what_is_read_does_not_depend_on_how_the_stream_is_cut(name, data):
    frame = st.sampled_from(clean_frames(name))
    cut_frame = st.builds(lambda whole, length: whole[:length], frame, st.integers(0, 20))
    stream = b"".join(data.draw(st.lists(st.one_of(frame, cut_frame, dirt), max_size=10)))
    ends = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)))
    pieces = [stream[start:end] for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)]
    assert heard(name, *pieces) == heard(name, stream)
    assert heard(name, *(bytes([byte]) for byte in stream)) == heard(name, stream)


MORE = b"\0" * 100  # with it nothing waits any more for what a beginning in the garbage may become
# Nothing of it can be a frame or belong to one; after noise above 7F a number is told by its blanks or sign.
garbage = st.sampled_from(
    [b"", b"\r\n", b"\0\0\x7f\x7f", b"\x02\x02\0", b"\x01\x02\0", b"METTLER\r\n", b"\xff" * 300 + b"\n"]
)


@pytest.mark.parametrize("name", TESTED)
@given(data=st.data())
def test_garbage_between_frames_loses_no_good_frame(name, data):
    parts = data.draw(st.lists(st.tuples(garbage, st.sampled_from(clean_frames(name))), min_size=1, max_size=10))
    noisy = b"\r\n" + b"".join(noise + frame for noise, frame in parts) + MORE
    clean = b"\r\n" + b"".join(frame for _, frame in parts) + MORE
    assert weighings(name, noisy) == weighings(name, clean)


@pytest.mark.parametrize("name", TESTED)
@given(noise=st.lists(dirt, max_size=20).map(b"".join))
def test_no_bytes_raise_and_noise_without_a_beginning_is_no_weight(name, noise):
    weighing = decode(name, noise)
    assert weighing.weight is None or protocol(name, {}).start.search(noise)
    for result in stream_scale(name, "rice-scale", unit="kg").receive_data(noise, AT):
        assert not isinstance(result, Reading) or (result.value is None) == (result.reason is not None)


@pytest.mark.parametrize("name", TESTED)
def test_one_lost_byte_gives_no_other_weight_once_the_scale_is_known(name):
    lost = [frame for frame in clean_frames(name) if decode(name, frame).weight is not None]
    for frame in lost:
        weight = decode(name, frame).weight
        for at in range(len(frame)):
            stream = frame * 3 + frame[:at] + frame[at + 1 :] + frame
            assert {each.weight for each in weighings(name, b"\r\n" + stream) if each.weight is not None} == {weight}


@pytest.mark.parametrize("name", ["adam", "ohaus"])
def test_a_number_is_not_believed_where_the_stream_was_joined(name):
    joined = b"60 kg\r\n   2.360 kg\r\n"
    assert [each.weight for each in weighings(name, joined)] == [Decimal("2.360")]


def test_a_line_after_a_lone_line_feed_is_not_held_back():
    assert [each.weight for each in weighings("adam", b"\n   1.250kg\r\n  ")] == [Decimal("1.250")]


@pytest.mark.parametrize("name", SCALES)
def test_unknown_settings_are_refused_with_what_there_is(name):
    with pytest.raises(ConfigurationError, match=f"{name} has no setting colour: it has unit"):
        decode(name, b"", {"colour": "red"})
    with pytest.raises(ConfigurationError, match='there is no unit "stone"'):
        decode(name, b"", {"unit": "stone"})


def test_unknown_protocols_and_words_are_refused_with_what_there_is():
    with pytest.raises(ConfigurationError, match="one of adam, and, cas-10"):
        decode("toledo", b"")
    with pytest.raises(ConfigurationError, match="must be one of 8213, 8217"):
        decode("toledo-8217", b"", {"variant": "8214"})
