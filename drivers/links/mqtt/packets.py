"""Decode PUBLISH and encode PUBACK, the two MQTT packets that pass a thousand times a second.

    PUBLISH  0011 DUP QoS(2) RETAIN | remaining length | topic | packet id if QoS > 0 | properties (v5) | payload
    PUBACK   0x40 0x02 | packet id

OASIS MQTT 5.0 §1.5.5 (variable byte integer), §2.1 (fixed header), §3.3 PUBLISH, §3.4 PUBACK; 3.1.1 differs only in the
properties. paho-mqtt handles all other packets; for these two it needs twenty times as long as this file.
"""

import struct
from collections.abc import Sequence

import msgspec

from drivers.contract import MqttMessage, Trouble
from drivers.errors import LinkError

LARGEST_PAYLOAD = 65_536
"""Bytes. No sensor sends more. A larger payload is skipped without being held in memory."""

# Topic (65,537), packet id and payload of the largest message fit. Of a larger packet only this much is waited for.
_LARGEST_HELD = 2 * LARGEST_PAYLOAD + 4

_PUBLISH = 0x30
_PUBACK = 0x4002_0000
_SHORTEST = 5  # of a PUBLISH: fixed header (2), length of the topic (2), one letter


class ReceivedMessages(msgspec.Struct, frozen=True, gc=False):
    """Messages at the front of a receive buffer.

    Attributes:
        arrivals: the messages in order; a `Trouble` replaces one that is too large.
        end: index of the next packet; beyond the end of the buffer while the rest of a skipped message is still coming.
    """

    arrivals: list[MqttMessage | Trouble]
    end: int


def cut_messages(buffer: bytes, *, properties: bool, connection: int, at: int) -> ReceivedMessages:
    """Decode the PUBLISH packets at the front of `buffer`, up to another packet or an unfinished one.

    Args:
        buffer: bytes as read, beginning with a packet.
        properties: True for MQTT 5, False for 3.1.1.
        connection: number of the connection; an acknowledgement needs it.
        at: UTC microseconds at which the bytes were read.

    Raises:
        LinkError: this is not MQTT, or has a QoS that was not requested.
    """
    arrivals: list[MqttMessage | Trouble] = []
    start, size = 0, len(buffer)
    try:
        while size - start >= _SHORTEST and buffer[start] & 0xF0 == _PUBLISH:
            flags = buffer[start]
            length, body = _variable_length(buffer, start + 1)
            if size - body < min(length, _LARGEST_HELD):
                break
            end = body + length
            topic_end, mid, payload = _head(buffer, flags, body, properties)
            if payload > end or flags & 4:
                raise LinkError(_nonsense(buffer[start : start + 8]))
            # A topic that is not UTF-8 belongs to no device: replaced, it is rejected with the unknown ones.
            topic = str(buffer[body + 2 : topic_end], "utf-8", "replace")
            if length > _LARGEST_HELD or end - payload > LARGEST_PAYLOAD:
                arrivals.append(_too_large(topic, end - payload, at, connection, mid))
            else:
                qos, dup, retain = flags >> 1 & 3, flags & 8 != 0, flags & 1 != 0
                arrivals.append(MqttMessage(topic, buffer[payload:end], at, connection, mid, qos, dup, retain))
            start = end
    except IndexError as error:
        raise LinkError(_nonsense(buffer[start : start + 8])) from error
    return ReceivedMessages(arrivals, start)


def packet_length(buffer: bytes) -> int | None:
    """Return the length of the packet at the front of `buffer`; None while it is unfinished, and for a PUBLISH.

    Raises:
        LinkError: it is longer than any packet that a broker has reason to send.
    """
    if buffer[:1] and buffer[0] & 0xF0 == _PUBLISH:
        return None
    for last in range(1, 5):
        if last >= len(buffer):
            return None
        if buffer[last] < 128:
            break
    length, body = _variable_length(buffer, 1)
    if length > _LARGEST_HELD:
        raise LinkError(_nonsense(buffer[:8]))
    return body + length if body + length <= len(buffer) else None


def encode_acknowledgements(mids: Sequence[int]) -> bytes:
    """Encode successful PUBACKs for these packet ids, in one piece."""
    return struct.pack(f">{len(mids)}I", *[_PUBACK | mid for mid in mids])


def _variable_length(buffer: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer, and the index after it."""
    length = buffer[at]
    if length < 128:
        return length, at + 1
    length &= 127
    for place in (1, 2, 3):
        byte = buffer[at + place]
        length += (byte & 127) << 7 * place
        if byte < 128:
            return length, at + place + 1
    raise LinkError(_nonsense(buffer[at : at + 4]))


def _head(buffer: bytes, flags: int, body: int, properties: bool) -> tuple[int, int, int]:
    """End of the topic, packet id (0 for QoS 0), start of the payload."""
    topic_end = payload = body + 2 + (buffer[body] << 8) + buffer[body + 1]
    mid = 0
    if flags & 6:
        mid = (buffer[payload] << 8) + buffer[payload + 1]
        payload += 2
    if properties:
        # No property changes a reading: expiry, aliases (never granted) and the like are skipped.
        skipped, payload = _variable_length(buffer, payload)
        payload += skipped
    return topic_end, mid, payload


def _nonsense(raw: bytes) -> str:
    return f"it sends what is no MQTT ({raw.hex(' ')}): check that mqtt.host and mqtt.port are those of the broker"


def _too_large(topic: str, size: int, at: int, connection: int, mid: int) -> Trouble:
    text = f"a message of {size} bytes on {topic} was passed over: at most {LARGEST_PAYLOAD} are read; send less"
    return Trouble(device="mqtt", kind="too_large", text=text, at=at, topic=topic, connection=connection, mid=mid)
