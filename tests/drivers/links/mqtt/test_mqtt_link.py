"""The MQTT link with real brokers: what was not acknowledged comes again, and whoever must act is told so once."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import paho.mqtt.client as paho
import pytest
from brokers import Broker, amqtt, mosquitto, need_program
from mqtt_rig import Pile, is_up, link_to, until
from paho.mqtt.enums import CallbackAPIVersion

from drivers.contract import LinkChange, MqttMessage, Trouble
from drivers.errors import ConfigurationError
from drivers.links.mqtt import access
from drivers.links.mqtt.packets import LARGEST_PAYLOAD
from drivers.links.mqtt.settings import tls_context

pytestmark = pytest.mark.system

TOPIC = "mbg/sppg-01/chiller-1/temperature"


def publish(port: int, *payloads: bytes, topic: str = TOPIC, qos: int = 1, retain: bool = False) -> None:
    """Publish from another client; returns when the broker has them."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent = [client.publish(topic, payload, qos=qos, retain=retain) for payload in payloads]
    for each in sent:
        each.wait_for_publish(60)
    assert all(each.is_published() for each in sent)
    client.disconnect()
    client.loop_stop()


def until_gone(broker: Broker, *, times: int = 1) -> None:
    """Until the broker has read all of a link's last words: a new connection would cut them off."""
    until(lambda: broker.log.read_text().count("Client gateway disconnected") == times)


def pairs(messages: list[MqttMessage]) -> list[tuple[int, int]]:
    return [(each.connection, each.mid) for each in messages]


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def test_what_was_not_acknowledged_comes_again_to_the_next_process_and_nothing_else(broker):
    first = Pile()
    with link_to(first, broker.port) as link:
        until(lambda: is_up(first))
        publish(broker.port, *numbers(500))
        until(lambda: len(first.messages) == 500)
        assert [each.payload for each in first.messages] == numbers(500)
        assert not any(each.dup for each in first.messages)
        link.acknowledge(pairs(first.messages[:300]))
    until_gone(broker)
    second = Pile()
    with link_to(second, broker.port) as link:
        until(lambda: len(second.messages) == 200)
        assert [each.payload for each in second.messages] == numbers(500)[300:]
        assert all(each.dup for each in second.messages)
        assert second.of(LinkChange)[0].session
        link.acknowledge(pairs(second.messages))
    until_gone(broker, times=2)
    third = Pile()
    with link_to(third, broker.port):
        until(lambda: is_up(third))
        publish(broker.port, b"last")
        until(lambda: third.messages)
        assert [each.payload for each in third.messages] == [b"last"]


def test_a_broker_that_restarts_gives_one_line_down_and_one_up_and_keeps_the_rest(broker, caplog):
    caplog.set_level(logging.INFO, "drivers")
    pile = Pile()
    with link_to(pile, broker.port) as link:
        until(lambda: is_up(pile))
        publish(broker.port, *numbers(50))
        until(lambda: len(pile.messages) == 50)
        old = pairs(pile.messages)
        broker.stop()
        until(lambda: not is_up(pile))
        broker.start()
        until(lambda: is_up(pile))
        # An acknowledgement of the lost connection must not hit a message of the new one that has its packet id.
        link.acknowledge(old)
        until(lambda: len(pile.messages) == 100)
        assert [each.payload for each in pile.messages[50:]] == numbers(50)
        assert [up for up, _ in pile.changes] == [True, False, True]
        assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]
    again = Pile()
    with link_to(again, broker.port):
        until(lambda: len(again.messages) == 50)


def test_a_new_session_is_said_so(broker):
    pile = Pile()
    with link_to(pile, broker.port):
        until(lambda: is_up(pile))
        assert not pile.of(LinkChange)[0].session


def test_qos_0_and_retained_messages_are_told_apart(broker):
    publish(broker.port, b"kept", retain=True)
    pile = Pile()
    with link_to(pile, broker.port):
        until(lambda: pile.messages)
        publish(broker.port, b"once", qos=0)
        until(lambda: len(pile.messages) == 2)
        kept, once = pile.messages
        assert (kept.payload, kept.retain, kept.qos) == (b"kept", True, 1)
        assert (once.payload, once.retain, once.qos, once.mid) == (b"once", False, 0, 0)


def test_a_message_over_64_kib_is_set_aside_and_the_next_one_arrives(broker):
    pile = Pile()
    with link_to(pile, broker.port) as link:
        until(lambda: is_up(pile))
        publish(broker.port, b"x" * LARGEST_PAYLOAD, b"x" * (LARGEST_PAYLOAD + 1), b"x" * 1_000_000, b"good")
        until(lambda: pile.messages and pile.messages[-1].payload == b"good")
        assert [len(each.payload) for each in pile.messages] == [LARGEST_PAYLOAD, 4]
        troubles = pile.of(Trouble)
        assert [(each.kind, each.topic) for each in troubles] == [("too_large", TOPIC)] * 2
        link.acknowledge([(each.connection, each.mid) for each in [*pile.messages, *troubles]])
    until_gone(broker)
    again = Pile()
    with link_to(again, broker.port):
        until(lambda: is_up(again))
        publish(broker.port, b"last")
        until(lambda: again.messages)
        assert [each.payload for each in again.messages] == [b"last"]


def test_a_full_intake_stops_reading_then_leaves_and_nothing_is_lost(broker):
    pile = Pile(limit=500)
    with link_to(pile, broker.port, keepalive=2) as link:
        until(lambda: is_up(pile))
        publish(broker.port, *numbers(5_000))
        until(lambda: any("left until" in text for _, text in pile.changes))
        # One read of 64 KiB may go beyond the limit, no more.
        assert len(pile.arrivals) < 500 + 65_536 // len(TOPIC)
        seen: set[bytes] = set()
        while len(seen) < 5_000:
            arrived, pile.arrivals = pile.arrivals, []
            messages = [each for each in arrived if isinstance(each, MqttMessage)]
            seen.update(each.payload for each in messages)
            link.acknowledge(pairs(messages))
            until(lambda: len(seen) == 5_000 or pile.arrivals)
        assert seen == set(numbers(5_000))


def test_what_we_publish_reaches_the_siren(broker):
    pile = Pile()
    with link_to(pile, broker.port) as link:
        until(lambda: is_up(pile))
        link.publish("mbg/sppg-01/alarm/1", b"{}", retain=True)
        until(lambda: pile.messages)
    siren = Pile()
    with link_to(siren, broker.port, client_id="siren"):
        until(lambda: siren.messages)
        assert (siren.messages[0].topic, siren.messages[0].retain) == ("mbg/sppg-01/alarm/1", True)


CHECK = "mbg/sppg-01/gateway/check"


def test_a_check_that_comes_back_is_kept_from_everybody(broker):
    pile = Pile()
    with link_to(pile, broker.port, check=CHECK) as link:
        until(lambda: is_up(pile))
        publish(broker.port, b"somebody else's", topic=CHECK)
        publish(broker.port, b"1")
        until(lambda: pile.messages)
        link.acknowledge(pairs(pile.messages))
    until_gone(broker)
    again = Pile()
    with link_to(again, broker.port, check=CHECK):
        until(lambda: is_up(again))
        publish(broker.port, b"2")
        until(lambda: again.messages)
    assert [each.payload for each in [*pile.messages, *again.messages]] == [b"1", b"2"]
    assert not pile.of(Trouble)


def test_a_check_that_stands_behind_a_slow_queue_is_waited_for(tmp_path, monkeypatch):
    """A broker whose window is full sends on when we acknowledge, which a slow disk puts off."""
    monkeypatch.setattr(access, "CHECK_WITHIN", 0.5)
    first, pile, stored = Pile(), Pile(), threading.Event()
    with mosquitto(tmp_path / "broker") as broker:
        with link_to(first, broker.port):
            until(lambda: is_up(first))
        until_gone(broker)
        publish(broker.port, *numbers(4_500))
        with link_to(pile, broker.port, check=CHECK) as link:
            done, batches = 0, 0
            while done < 4_500:
                until(lambda done=done: len(pile.messages) > done)
                stored.wait(1.2)
                batch = pile.messages[done:]
                link.acknowledge(pairs(batch))
                done, batches = done + len(batch), batches + 1
            publish(broker.port, b"last")
            until(lambda: len(pile.messages) == 4_501)
    assert batches > 1
    assert not pile.of(Trouble)


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        pytest.param("topic read mbg/#", f"refuses publishing on {CHECK} (Not authorized)", id="may not write"),
        pytest.param("topic write mbg/#", f"what we publish on {CHECK} (it does not come back)", id="may not read"),
    ],
)
def test_rights_that_are_missing_are_found_at_the_start(tmp_path, monkeypatch, rights, said):
    monkeypatch.setattr(access, "CHECK_WITHIN", 0.5)
    pile = Pile()
    with rights_broker(tmp_path, rights) as broker, link_to(pile, broker.port, check=CHECK, username="gateway"):
        until(lambda: pile.of(Trouble))
        (trouble,) = pile.of(Trouble)
        assert trouble.kind == "refused"
        assert said in trouble.text
        assert 'the user "gateway"' in trouble.text
        assert f"127.0.0.1:{broker.port}" in trouble.text
        # This one throws out whoever is refused; it is not tried again, so that readings come.
        until(lambda: is_up(pile))
        publish(broker.port, b"1", retain=True)
        assert len(pile.of(LinkChange)) <= 3


WILL = ("mbg-gateway/sppg-01/status", b"offline")


def test_whoever_asks_later_sees_that_the_gateway_left(broker):
    pile = Pile()
    with link_to(pile, broker.port, will=WILL) as link:
        until(lambda: is_up(pile))
        link.publish(WILL[0], b"online", retain=True)
        assert status(broker) == b"online"
    until_gone(broker)
    assert status(broker) == b"offline"


def test_whoever_asks_later_sees_that_the_gateway_was_lost(broker):
    gateway = subprocess.Popen([sys.executable, "-c", GATEWAY, str(broker.port), WILL[0]], cwd=ROOT)
    try:
        until(lambda: "as gateway" in broker.log.read_text())
    finally:
        gateway.kill()
        gateway.wait()
    assert status(broker) == b"offline"


ROOT = Path(__file__).parents[4]
GATEWAY = """
import sys
from drivers.links.mqtt.link import MqttLink
from drivers.links.mqtt.settings import MqttSettings
from gateway.runtime.clock.clock import RealClock
from gateway.ingest.queue import BoundedQueue

port, topic = sys.argv[1:]
MqttLink(
    MqttSettings(client_id="gateway", port=int(port), will=(topic, b"offline")), ["mbg/#"], BoundedQueue(), RealClock()
).run()
"""


def status(broker: Broker) -> bytes:
    """What stands retained on the topic of the will."""
    pile = Pile()
    with link_to(pile, broker.port, filters=["mbg-gateway/#"], client_id=f"dashboard-{uuid4()}"):
        until(lambda: pile.messages)
    return pile.messages[0].payload


@contextmanager
def rights_broker(folder: Path, rights: str) -> Iterator[Broker]:
    file = folder / "rights"
    file.write_text(f"{rights}\nuser gateway\n{rights}\n")
    file.chmod(0o700)
    throws_out = "max_queued_messages 0"  # Debian's 2.0.11, with each refusal
    with mosquitto(folder / "broker", extra=f"allow_anonymous true\nacl_file {file}", limits=throws_out) as broker:
        yield broker


def test_a_publication_that_the_access_list_forbids_is_said(tmp_path):
    pile = Pile()
    with rights_broker(tmp_path, "topic read mbg/#") as broker, link_to(pile, broker.port) as link:
        until(lambda: is_up(pile))
        link.publish("mbg/sppg-01/alarm/1", b"{}", retain=True)
        until(lambda: pile.of(Trouble))
        (trouble,) = pile.of(Trouble)
        assert trouble.kind == "refused"
        assert "mbg/sppg-01/alarm/1" in trouble.text


def test_a_broker_that_knows_no_mqtt_5_is_used_with_one_warning(tmp_path, caplog):
    pile = Pile()
    with amqtt(tmp_path) as broker, link_to(pile, broker.port) as link:
        until(lambda: is_up(pile))
        publish(broker.port, b"1", b"2")
        until(lambda: len(pile.messages) == 2)
        link.acknowledge(pairs(pile.messages))
        broker.kill()
        until(lambda: not is_up(pile))
        broker.start()
        until(lambda: is_up(pile))
        warnings = [record.getMessage() for record in caplog.records if "3.1.1" in record.getMessage()]
        assert len(warnings) == 1
        assert "mosquitto" in warnings[0]


def test_a_wrong_password_is_said_once_and_what_to_do(tmp_path, caplog):
    passwords = tmp_path / "passwords"
    subprocess.run(
        [need_program("mosquitto_passwd"), "-b", "-c", passwords, "gateway", "right"],
        check=True,
        capture_output=True,
    )
    with mosquitto(tmp_path / "broker", extra=f"allow_anonymous false\npassword_file {passwords}") as broker:
        pile = Pile()
        with link_to(pile, broker.port, username="gateway", password="wrong"):
            until(lambda: broker.log.read_text().count("not authorised") >= 3)
        ((up, text),) = pile.changes
        assert not up
        assert f"127.0.0.1:{broker.port}" in text
        assert "password" in text
        assert [record.getMessage() for record in caplog.records] == [text]
        pile = Pile()
        with link_to(pile, broker.port, username="gateway", password="right"):
            until(lambda: is_up(pile))


def test_no_broker_is_said_once_and_found_when_it_comes(tmp_path):
    pile = Pile()
    with mosquitto(tmp_path / "broker") as broker:
        broker.stop()
        with link_to(pile, broker.port):
            until(lambda: pile.changes)
            assert "nothing listens there" in pile.changes[0][1]
            broker.start()
            until(lambda: is_up(pile))
            assert [up for up, _ in pile.changes] == [False, True]


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        pytest.param(b"", "closes the connection before it answers", id="closes"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", "check", id="a web server"),
        pytest.param(b"\x90\xff\xff\xff\x7f", "no MQTT", id="a packet of 256 MB"),
    ],
)
def test_what_is_no_broker_is_named(greeting, said):
    pile = Pile()
    with impostor(greeting) as port, link_to(pile, port):
        until(lambda: pile.changes)
        assert not pile.changes[0][0]
        assert said in pile.changes[0][1]


@contextmanager
def impostor(greeting: bytes) -> Iterator[int]:
    """A server that answers every connection with `greeting` and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client:
                        client.recv(1_000)
                        client.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def test_a_tls_file_that_is_none_is_a_mistake_in_the_configuration(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ConfigurationError, match=r"ca\.pem"):
        tls_context(str(tmp_path / "ca.pem"))
    with pytest.raises(ConfigurationError, match=r"absent\.pem"):
        tls_context(str(tmp_path / "absent.pem"))
