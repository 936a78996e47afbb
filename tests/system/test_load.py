"""The publisher by which the chaos tests count: what it says that the broker has accepted, the broker has."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import load
import paho.mqtt.client as paho
import pytest
from brokers import mosquitto
from chaos_report import SHARE
from mqtt_rig import until

pytestmark = pytest.mark.system

FULL = SHARE >= 1
PACKET_IDS = 65_535 if FULL else 4_000
"""Messages that can wait for their PUBACK; paho is told of fewer in `make test`."""
RATE = PACKET_IDS // 2


class FewPacketIds(paho.Client):
    """Refuses sooner what would need one more, in the same way."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.max_queued_messages_set(PACKET_IDS)


@contextmanager
def values_heard(port: int) -> Iterator[list[float]]:
    """By a subscriber of everything."""
    heard: list[float] = []
    subscribed = threading.Event()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "listener")
    client.on_message = lambda _client, _data, message: heard.append(json.loads(message.payload)[0]["v"])
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.subscribe("mbg/#", qos=1)
    client.loop_start()
    assert subscribed.wait(20)
    yield heard
    client.disconnect()
    client.loop_stop()


def test_a_broker_that_stands_still_for_longer_than_there_are_packet_ids_gets_every_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not FULL:
        monkeypatch.setattr(load, "MOST_WAITING", PACKET_IDS // 2)
        monkeypatch.setattr(paho, "Client", FewPacketIds)
    with mosquitto(tmp_path / "broker") as broker, values_heard(broker.port) as heard:
        assert broker.process is not None
        with load.Publisher(broker.port, ["clockless"], rate=RATE) as publisher:
            until(lambda: publisher.sent > 0)
            os.kill(broker.process.pid, signal.SIGSTOP)
            resume_at = time.monotonic() + 1.2 * PACKET_IDS / RATE
            until(lambda: time.monotonic() > resume_at)
            os.kill(broker.process.pid, signal.SIGCONT)
        accepted = publisher.accepted["clockless"]
        assert len(accepted) == publisher.sent
        until(lambda: len(heard) >= len(accepted))
    assert sorted(heard) == sorted(accepted)


def test_what_is_sent_again_after_a_crash_of_the_broker_is_accepted_before_the_publisher_ends(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker, ExitStack() as listening:
        with load.Publisher(broker.port, ["clockless"], rate=8_000, repeats=60.0) as publisher:
            until(lambda: publisher.sent >= 8_000)
            publisher.held.set()
            until(lambda: len(publisher.accepted["clockless"]) == publisher.sent)
            broker.kill()
            broker.start()
            heard = listening.enter_context(values_heard(broker.port))
            until(lambda: len(heard) > 0)
        until(lambda: len(heard) >= publisher.sent)
    assert sorted(heard) == sorted(publisher.accepted["clockless"])
