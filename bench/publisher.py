"""Publish sensor messages as fast as the broker accepts them, or at a steady rate, over a bare socket.

    python -m bench.publisher PORT COUNT [--rate 1000] [--breach-every 53] [--plain]

200 sensors in turn, messages of 76-110 bytes, each with its time of publishing: our own SenML (RFC 8428), or a plain
JSON object for programs that accept no list. QoS 1, MQTT 3.1.1, at most 2,000 unacknowledged. Each breach-every-th is
too warm. Prints the times of the first and of the last message, as epoch seconds.
"""

import argparse
import socket
import struct
import time
from functools import partial
from typing import Protocol

SENSORS = 200
UNACKNOWLEDGED = 2_000
BATCH = 50

TOO_WARM = 9.0
"""Cel; all others are below 5."""

CONNACK_LENGTH = 4
PUBACK_LENGTH = 4


def topic(sensor: int) -> bytes:
    return b"mbg/bench/probe-%03d/temperature" % sensor


def senml(sensor: int, value: float, now: float) -> bytes:
    return b'[{"bn":"probe-%03d/","n":"temperature","u":"Cel","v":%.2f,"t":%.6f}]' % (sensor, value, now)


def plain(sensor: int, value: float, now: float) -> bytes:
    return b'{"sensor":"probe-%03d","n":"temperature","u":"Cel","v":%.2f,"t":%.6f}' % (sensor, value, now)


class Form(Protocol):
    def __call__(self, sensor: int, value: float, now: float) -> bytes: ...


def publish(number: int, now: float, *, form: Form = senml, breach_every: int = 0) -> bytes:
    """Return a PUBLISH packet (OASIS MQTT 3.1.1 §3.3)."""
    sensor = number % SENSORS
    breach = breach_every and number % breach_every == breach_every - 1
    value = TOO_WARM if breach else 2.0 + number // SENSORS % 250 / 100
    name = topic(sensor)
    body = struct.pack(">H", len(name)) + name + struct.pack(">H", number % 65_535 + 1) + form(sensor, value, now)
    length = len(body)
    head = bytes([0x32, length]) if length < 128 else bytes([0x32, length & 127 | 128, length >> 7])
    return head + body


def connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    name = b"bench-publisher"
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack(">H", len(name)) + name
    client.sendall(bytes([0x10, len(body)]) + body)
    if client.recv(CONNACK_LENGTH) != b"\x20\x02\x00\x00":
        raise SystemExit("the broker refuses the publisher")
    return client


class Message(Protocol):
    def __call__(self, number: int, now: float) -> bytes: ...


def run(port: int, count: int, rate: float, message: Message) -> tuple[float, float]:
    """Publish at a rate, 0: as fast as possible; return the times of the first and the last message."""
    client = connect(port)
    sent = acknowledged = rest = 0
    began = time.time()
    while acknowledged < count:
        due = count if not rate else min(count, int((time.time() - began) * rate) + 1)
        batch = min(due - sent, UNACKNOWLEDGED - (sent - acknowledged), BATCH)
        if batch > 0:
            now = time.time()
            client.sendall(b"".join([message(number, now) for number in range(sent, sent + batch)]))
            sent += batch
        waits = batch <= 0 and (sent == count or sent - acknowledged >= UNACKNOWLEDGED)
        try:
            rest += len(client.recv(65_536, 0 if waits else socket.MSG_DONTWAIT))
        except BlockingIOError:
            if batch <= 0:
                time.sleep(0.0005)
        acknowledged, rest = acknowledged + rest // PUBACK_LENGTH, rest % PUBACK_LENGTH
    client.sendall(b"\xe0\x00")
    return began, time.time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--breach-every", type=int, default=0)
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    message = partial(publish, form=plain if args.plain else senml, breach_every=args.breach_every)
    first, last = run(args.port, args.count, args.rate, message)
    print(f"{first:.6f} {last:.6f}")


if __name__ == "__main__":
    main()
