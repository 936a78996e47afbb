"""Lines out of any cut, and the checksum of Modbus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import LineBuffer, crc16_modbus, read_as_eight_bits

# runs longer than the buffer, line ends of every kind, and bytes that are neither
streams = st.lists(st.sampled_from([b"ab", b"\r", b"\n", b"\r\n", b"\0", b"x" * 100, b"y" * 300]), max_size=20).map(
    b"".join
)


def lines_of(chunks: list[bytes]) -> tuple[list[tuple[bytes, bool]], bytes]:
    buffer = LineBuffer()
    lines = [tuple(line) for chunk in chunks for line in buffer.receive_data(chunk)]
    return lines, buffer.pending


@given(streams, st.integers(1, 400))
def test_lines_do_not_depend_on_how_the_stream_is_cut(stream, size):
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert lines_of(cut) == lines_of([stream])


@given(st.binary(max_size=2000))
def test_no_byte_is_lost_or_kept_twice(stream):
    lines, pending = lines_of([stream])
    text = b"".join(body + (b"\n" if ended else b"") for body, ended in lines) + pending
    assert text == stream.replace(b"\r", b"\n")


@given(st.binary(max_size=5000))
def test_the_buffer_stays_bounded(noise):
    assert len(lines_of([noise])[1]) <= 256


@given(st.integers(200, 1000))
def test_a_frame_after_a_long_run_of_garbage_is_whole(length):
    lines, _ = lines_of([b"\xff" * length + b"ST,GS,+000.876kg\r\n"])
    assert lines[-2][0].endswith(b"ST,GS,+000.876kg")


@pytest.mark.parametrize(
    ("frame", "checksum"),
    [("010400010002", "200b"), ("010300000008", "440c"), ("018402", "c2c1"), ("010402ff33", "b8d5"), ("", "ffff")],
)
def test_checksum_is_that_of_published_modbus_frames(frame, checksum):
    assert crc16_modbus(bytes.fromhex(frame)).hex() == checksum


def test_seven_bits_with_parity_are_recognised_and_noise_is_not():
    assert read_as_eight_bits(bytes.fromhex("82 30 b1 2e b2 35 30 8d")) == "even"
    assert read_as_eight_bits(b"ST,GS,+000.876kg") is None
    assert read_as_eight_bits(bytes.fromhex("f18082feff9300")) is None
