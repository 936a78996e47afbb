"""Acknowledge every message with an unchanged paho-mqtt client: the reference of several measurements.

    python -m bench.paho_sink PORT COUNT

Prints `ready` when it has subscribed, then the moments of the first and of the last of COUNT messages, as epoch
seconds; ends on SIGTERM.
"""

import sys
import threading
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


def main(port: int, count: int) -> None:
    left = count
    first = 0.0
    done = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, "bench-paho", clean_session=False, manual_ack=True)

    def on_message(client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        nonlocal left, first
        first = first or time.time()
        client.ack(message.mid, message.qos)
        left -= 1
        if left == 0:
            done.set()

    client.on_message = on_message
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.subscribe("mbg/#", qos=1)
    client.loop_start()
    done.wait()
    print(f"{first:.6f} {time.time():.6f}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
