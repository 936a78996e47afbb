"""PUBLISH in, PUBACK out: checked against paho's own decoder, which shares no code with ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.enums import MQTTProtocolVersion

from drivers.contract import MqttMessage, Trouble
from drivers.errors import LinkError
from drivers.links.mqtt.packets import LARGEST_PAYLOAD, cut_messages, encode_acknowledgements, packet_length

V5_PROPERTIES = bytes([2, 0, 0, 0, 60, 3, 0, 4]) + b"json"  # message expiry 60 s, content type json


def length(value: int) -> bytes:
    encoded = bytearray()
    while True:
        value, digit = divmod(value, 128)
        encoded.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


def publish(
    topic: str,
    payload: bytes,
    *,
    mid: int = 0,
    dup: bool = False,
    retain: bool = False,
    properties: bytes | None = None,
) -> bytes:
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name
    body += mid.to_bytes(2, "big") if mid else b""
    body += b"" if properties is None else length(len(properties)) + properties
    flags = 0x30 | (dup << 3) | ((mid > 0) << 1) | retain
    return bytes([flags]) + length(len(body) + len(payload)) + body + payload


def cut(buffer: bytes, *, properties: bool = False) -> list[MqttMessage | Trouble]:
    return cut_messages(buffer, properties=properties, connection=7, at=1).arrivals


frames = st.fixed_dictionaries(
    {
        "topic": st.text(st.characters(codec="utf-8", exclude_characters="\0+#"), min_size=1, max_size=200),
        "payload": st.binary(max_size=400),
        "mid": st.integers(0, 65_535),
        "dup": st.booleans(),
        "retain": st.booleans(),
    }
)


@given(st.lists(frames, max_size=20), st.sampled_from([None, b"", V5_PROPERTIES, b"\x26\x00\x01k\x00\x01v" * 20]))
def test_a_buffer_of_messages_gives_what_paho_makes_of_it(messages, properties):
    version = MQTTProtocolVersion.MQTTv311 if properties is None else MQTTProtocolVersion.MQTTv5
    packets = [publish(**message, properties=properties) for message in messages]
    arrivals = cut(b"".join(packets), properties=properties is not None)
    assert len(arrivals) == len(packets)
    for packet, got in zip(packets, arrivals, strict=True):
        body = packet[2:] if packet[1] < 128 else packet[3:]
        expected = _packet.decode_publish(packet[0], body, version)
        assert got == MqttMessage(
            expected.topic.decode(),
            bytes(expected.payload),
            1,
            7,
            expected.mid,
            expected.qos,
            expected.dup,
            expected.retain,
        )


@given(st.lists(frames, min_size=1, max_size=8), st.data())
def test_where_the_stream_is_cut_changes_nothing(messages, data):
    stream = b"".join(publish(**message) for message in messages)
    at = data.draw(st.integers(0, len(stream)))
    first = cut_messages(stream[:at], properties=False, connection=7, at=1)
    rest = cut_messages(stream[first.end :], properties=False, connection=7, at=1)
    assert first.arrivals + rest.arrivals == cut(stream)
    assert first.end + rest.end == len(stream)


def test_another_packet_ends_the_messages():
    pingresp, message = b"\xd0\x00", publish("a", b"1", mid=1)
    result = cut_messages(message + pingresp + message, properties=False, connection=7, at=1)
    assert (len(result.arrivals), result.end) == (1, len(message))
    assert packet_length(pingresp + message) == len(pingresp)


@pytest.mark.parametrize("size", [LARGEST_PAYLOAD, LARGEST_PAYLOAD + 1, 300_000])
def test_a_message_over_64_kib_is_a_trouble_that_can_be_acknowledged(size):
    large, small = publish("mbg/k/probe/temperature", b"x" * size, mid=9), publish("a", b"1", mid=10)
    first, second = cut(large + small)
    assert second == MqttMessage("a", b"1", 1, 7, 10, 1, False, False)
    if size == LARGEST_PAYLOAD:
        assert isinstance(first, MqttMessage)
    else:
        assert isinstance(first, Trouble)
        assert (first.kind, first.topic) == ("too_large", "mbg/k/probe/temperature")
        assert (first.connection, first.mid) == (7, 9)


def test_a_huge_message_is_passed_over_before_it_has_all_come():
    huge = publish("a", b"x" * 10_000_000, mid=9)
    result = cut_messages(huge[:140_000], properties=False, connection=7, at=1)
    assert [type(each) for each in result.arrivals] == [Trouble]
    assert result.end == len(huge)


def test_a_topic_that_is_no_utf8_reaches_no_device():
    (message,) = cut(b"\x30\x06\x00\x03a\xffb1")
    assert message.topic == "a\ufffdb"


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(b"\x32\x02\x00\x50\x00\x00\x00", id="topic longer than the packet"),
        pytest.param(b"\x34\x06\x00\x01a\x00\x01x", id="QoS 2, which was not asked for"),
        pytest.param(b"\x30\xff\xff\xff\xff\x01", id="length of five bytes"),
    ],
)
def test_nonsense_ends_the_connection(nonsense):
    with pytest.raises(LinkError, match="no MQTT"):
        cut(nonsense)


@given(st.binary(max_size=60), st.booleans())
def test_no_bytes_raise_anything_but_a_link_error(buffer, properties):
    try:
        end = cut_messages(buffer, properties=properties, connection=7, at=1).end
        packet_length(buffer[end:])
    except LinkError:
        pass


def test_a_packet_of_a_megabyte_that_is_no_message_is_refused():
    with pytest.raises(LinkError, match="no MQTT"):
        packet_length(b"\x90" + length(1_000_000))


@given(st.lists(st.integers(1, 65_535), max_size=50))
def test_acknowledgements_are_those_of_paho(mids):
    encoded = encode_acknowledgements(mids)
    packets = [encoded[at : at + 4] for at in range(0, len(encoded), 4)]
    for packet, mid in zip(packets, mids, strict=True):
        assert packet[:2] == b"\x40\x02"
        assert _packet.decode_puback(packet[0], packet[2:], MQTTProtocolVersion.MQTTv5).mid == mid
