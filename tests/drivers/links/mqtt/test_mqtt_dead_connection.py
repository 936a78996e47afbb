"""A connection that is dead but not closed: nobody says so, only the answers stay away."""

import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.publish as paho_publish
import pytest
from brokers import Broker, mosquitto
from cut import Cut
from mqtt_rig import Pile, is_up, link_to, until

from drivers.links.mqtt.disconnect_causes import UNRESPONSIVE

pytestmark = pytest.mark.system

KEEPALIVE = 1
PING_ANSWER = b"\xd0\x00"
"""PINGRESP (MQTT 5.0 §3.13)."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as broker:
        yield broker


def publish(port: int, first: int, count: int) -> None:
    messages = [("mbg/k1/p/temperature", str(number), 1, False) for number in range(first, first + count)]
    paho_publish.multiple(messages, hostname="127.0.0.1", port=port)


def test_a_dead_connection_is_left_after_two_keepalives_and_all_comes_on_the_next(broker: Broker) -> None:
    pile = Pile()
    with Cut(broker.port) as network, link_to(pile, network.port, keepalive=KEEPALIVE) as link:
        until(lambda: is_up(pile))
        publish(broker.port, 0, 50)
        until(lambda: len(pile.messages) == 50)
        link.acknowledge([(each.connection, each.mid) for each in pile.messages[:20]])
        time.sleep(0.2)
        network.strand()
        began = time.monotonic()
        publish(broker.port, 50, 50)
        until(lambda: len(pile.changes) == 3 and len(pile.messages) == 50 + 80)
        assert time.monotonic() - began < 2 * KEEPALIVE + 3
    assert [up for up, _ in pile.changes] == [True, False, True]
    assert UNRESPONSIVE.text in pile.changes[1][1]
    again = pile.messages[50:]
    assert [each.payload for each in again] == [b"%d" % number for number in range(20, 100)]
    assert all(each.dup for each in again[:30])


def test_a_broker_that_sends_messages_is_alive_although_its_answer_to_our_ping_stands_behind_them(
    broker: Broker,
) -> None:
    pile = Pile()
    with Cut(broker.port, swallows=PING_ANSWER) as network, link_to(pile, network.port, keepalive=KEEPALIVE) as link:
        until(lambda: is_up(pile))
        until_then = time.monotonic() + 3 * KEEPALIVE
        while time.monotonic() < until_then:
            publish(broker.port, 0, 1)
            time.sleep(0.1)  # a backlog that does not end
            link.acknowledge([(each.connection, each.mid) for each in pile.messages[-1:]])
        assert [up for up, _ in pile.changes] == [True]
        until(lambda: not is_up(pile))
    assert UNRESPONSIVE.text in pile.changes[1][1]
