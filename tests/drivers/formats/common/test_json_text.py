"""A message is strict JSON or refused, before anybody looks for readings in it."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DecodeError
from drivers.formats.common.json_text import DEEPEST, LARGEST, open_at_end, read_json, read_text, repeated_keys

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=10,
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@given(JSON)
def test_json_of_a_device_is_read_with_its_numbers_as_decimals(document):
    read = read_json(json.dumps(document).encode()).value
    assert json.dumps(read, default=int) == json.dumps(document)


@pytest.mark.parametrize("digits", ["3.40", "-0", "1E+2", "123456789.123456789123456789"])
def test_a_number_keeps_every_digit(digits):
    assert str(read_json(digits.encode()).value) == str(Decimal(digits))


@pytest.mark.parametrize("depth", [1, DEEPEST])
def test_a_document_may_be_nested_eight_deep(depth):
    assert isinstance(read_json(nested(depth)).value, list)


@pytest.mark.parametrize("depth", [DEEPEST + 1, 30_000])
def test_a_document_nested_deeper_is_refused_before_a_parser_recurses(depth):
    with pytest.raises(DecodeError, match="nested deeper than 8"):
        read_json(nested(depth))


def test_brackets_inside_a_text_nest_nothing():
    text = "[{" * 100
    assert read_json(json.dumps([text]).encode()).value == [text]
    assert open_at_end(json.dumps(['\\"[[[', "]"])) == 0


@pytest.mark.parametrize(
    ("text", "still_open"), [("[]", 0), ("[", 1), ('{"a":[', 2), ("]", -1), ('"[', 1), ('"\\"["', 0)]
)
def test_what_a_cut_leaves_open_is_counted(text, still_open):
    assert open_at_end(text) == still_open


def test_a_message_that_was_cut_short_is_recognised():
    with pytest.raises(DecodeError, match="is the message cut short"):
        read_json(b'{"DS18B20-1":{"Temperature":13.3')
    with pytest.raises(DecodeError) as whole:
        read_json(b"{'a': 1}")
    assert "cut short" not in str(whole.value)


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_a_message_has_at_most_64_kibibytes(size):
    payload = b'"' + b"x" * (size - 2) + b'"'
    if size == LARGEST:
        assert len(read_text(payload)) == LARGEST
        return
    with pytest.raises(DecodeError, match="65537 bytes, more than 65536") as caught:
        read_text(payload)
    assert len(caught.value.raw) == LARGEST


@pytest.mark.parametrize("payload", [b"\xff", b"23.4 \xb0C", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80"])
def test_bytes_that_are_no_utf_8_are_refused_with_the_bytes(payload):
    with pytest.raises(DecodeError, match="no UTF-8") as caught:
        read_text(payload)
    assert caught.value.raw == payload


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "[1,]", "{1:2}", "01", "1.", ".5", "+1", "'a'", "nul", ""]
)
def test_what_only_some_parsers_accept_is_no_json(text):
    with pytest.raises(DecodeError, match="no JSON"):
        read_json(text.encode())


@pytest.mark.parametrize(
    ("text", "value", "repeated"),
    [
        ('{"a":1,"a":2}', {"a": 2}, ("a",)),
        ('{"a":1,"b":2}', {"a": 1, "b": 2}, ()),
        ('{"x":{"a":1,"a":2},"a":3}', {"x": {"a": 2}, "a": 3}, ("a",)),
        ('[{"b":1,"b":1},{"a":1,"a":1,"a":1}]', [{"b": 1}, {"a": 1}], ("b", "a")),
    ],
)
def test_of_equal_keys_the_last_one_counts_and_is_reported(text, value, repeated):
    document = read_json(text.encode())
    assert (document.value, document.repeated) == (value, repeated)


def test_repeated_keys_are_named_once_each():
    assert repeated_keys([("b", 1), ("a", 1), ("b", 2), ("a", 3), ("c", 1)]) == ["a", "b"]
