"""Protocol Buffers by the examples of the specification, and whatever bytes come, a message or a refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sparkplug_wire import field as encoded

from drivers.errors import DecodeError
from drivers.formats.common.protobuf import ProtobufMessage, put_bytes, put_integer

U64 = 2**64 - 1


def test_the_examples_of_the_specification_are_read():
    """protobuf.dev, Encoding: "A Simple Message", "Length-Delimited Records", "Submessages"."""
    assert ProtobufMessage(bytes.fromhex("08 96 01")).integer(1) == 150
    assert ProtobufMessage(bytes.fromhex("12 07 74 65 73 74 69 6e 67")).text(2) == "testing"
    (inner,) = ProtobufMessage(bytes.fromhex("1a 03 08 96 01")).messages(3)
    assert inner.integer(1) == 150


def test_the_examples_of_the_specification_are_written():
    assert put_integer(1, 150) == bytes.fromhex("08 96 01")
    assert put_bytes(2, b"testing") == bytes.fromhex("12 07 74 65 73 74 69 6e 67")


@given(st.integers(1, 2**28), st.integers(0, U64))
def test_an_integer_comes_back(number, value):
    assert ProtobufMessage(put_integer(number, value)).integer(number) == value


@given(st.integers(1, 2000), st.text(max_size=300))
def test_a_text_comes_back(number, text):
    assert ProtobufMessage(put_bytes(number, text.encode())).text(number) == text


@given(st.integers(1, 15), st.integers(0, U64), st.binary(max_size=40))
def test_another_encoder_writes_the_same(number, value, data):
    """The encoder of the tests was written from the specification, not from this one."""
    assert put_integer(number, value) == encoded(number, value)
    assert put_bytes(number, data) == encoded(number, data)


def test_of_a_field_that_may_stand_once_the_last_one_counts():
    message = ProtobufMessage(put_integer(1, 5) + put_bytes(2, b"a") + put_integer(1, 7) + put_bytes(2, b"b"))
    assert (message.integer(1), message.text(2), message.texts(2)) == (7, "b", ["a", "b"])


def test_of_a_oneof_the_last_member_counts():
    message = ProtobufMessage(put_integer(10, 1) + put_integer(11, 2) + put_integer(10, 3) + put_integer(12, 4))
    last = message.last(10, 11)
    assert last is not None
    assert (last.number, last.value) == (10, 3)
    assert message.last(13, 14) is None


def test_a_field_that_is_absent_is_none_and_a_flag_false():
    message = ProtobufMessage(b"")
    assert (message.integer(1), message.text(1), message.texts(1), message.messages(1)) == (None, None, [], [])
    assert message.flag(1) is False
    assert ProtobufMessage(put_integer(1, 1)).flag(1) is True
    assert ProtobufMessage(put_integer(1, 0)).flag(1) is False


def test_unknown_fields_of_every_wire_type_are_skipped():
    noise = bytes.fromhex("09 0000000000000000") + bytes.fromhex("15 00000000") + put_bytes(3, b"x") + put_integer(4, 9)
    assert ProtobufMessage(noise + put_integer(20, 1)).integer(20) == 1


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("00", "the number 0"),
        ("08", "cut short"),
        ("08 80", "cut short"),
        ("08 ffffffffffffffffffff 01", "too long"),
        ("12 05 61", "field 2 is cut short"),
        ("09 00", "field 1 is cut short"),
        ("15 00", "field 2 is cut short"),
        ("0b", "wire type 3"),
        ("0c", "wire type 4"),
        ("0e", "wire type 6"),
        ("0f", "wire type 7"),
    ],
)
def test_bytes_that_are_no_message_are_refused_in_words(message, says):
    with pytest.raises(DecodeError, match=says):
        ProtobufMessage(bytes.fromhex(message))


@pytest.mark.parametrize(
    ("message", "read", "says"),
    [
        (put_bytes(1, b"x"), lambda fields: fields.integer(1), "field 1 is no integer"),
        (put_integer(1, 5), lambda fields: fields.text(1), "field 1 has no length"),
        (put_integer(1, 5), lambda fields: fields.messages(1), "field 1 has no length"),
        (bytes.fromhex("0d 00000000"), lambda fields: fields.text(1), "field 1 has no length"),
        (put_bytes(1, b"\xff"), lambda fields: fields.text(1), "field 1 is no UTF-8"),
    ],
)
def test_a_field_of_another_kind_is_refused(message, read, says):
    with pytest.raises(DecodeError, match=says):
        read(ProtobufMessage(message))


def test_an_integer_of_ten_bytes_is_cut_to_64_bits():
    assert ProtobufMessage(bytes.fromhex("08 ffffffffffffffffff 7f")).integer(1) == U64


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(data):
    try:
        message = ProtobufMessage(data)
    except DecodeError:
        return
    assert message.last(*range(1, 16)) is None or data
