"""Receive readings that are too warm with an unchanged paho-mqtt client: the reference of bench.alarm.

    python -m bench.paho_listener PORT SECONDS

Prints `ready` when it has subscribed, listens for so long, and prints the milliseconds from each such reading to its
arrival here: no program in Python can receive it much earlier.
"""

import json
import sys
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bench.publisher import TOO_WARM

MARK = b'"v":%.2f' % TOO_WARM


def main(port: int, seconds: float) -> None:
    received: list[tuple[float, bytes]] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, "bench-paho")

    def on_message(_client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        if MARK in message.payload:
            received.append((time.time(), bytes(message.payload)))

    client.on_message = on_message
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.subscribe("mbg/bench/+/temperature", qos=1)
    client.loop_start()
    time.sleep(seconds)
    client.loop_stop()
    print("\n".join(f"{(now - json.loads(payload)[0]['t']) * 1_000:.3f}" for now, payload in received))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
