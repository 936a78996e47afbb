"""A probe on a real broker."""

import json
import time

import paho.mqtt.client as paho


class Probe:
    """A probe on the broker whose clock is ours."""

    def __init__(self, port: int) -> None:
        self.now = time.time()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "probe")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def measure(self, value: float, *, minutes_ago: float = 0.0) -> None:
        at = self.now - minutes_ago * 60
        self.say(json.dumps([{"bn": "c1/", "n": "temperature", "u": "Cel", "v": value, "t": round(at, 3)}]).encode())

    def say(self, payload: bytes, topic: str = "mbg/k1/c1/temperature") -> None:
        self._client.publish(topic, payload, 1).wait_for_publish(10)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
