"""Faults under load with a real mosquitto: what was accepted, stored, lost and doubled is counted message by message.

`make chaos` runs them at full count and writes docs/reliability.md; `make test` runs a tenth.
"""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brokers import Broker, mosquitto
from chaos_report import SHARE, Finding
from cut import Cut
from load import RATE, Publisher, fates, plan, settle
from rig import Rig, Watcher

from drivers.links.mqtt.disconnect_causes import UNRESPONSIVE
from drivers.links.mqtt.settings import KEEPALIVE

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

FULL = SHARE == 1
GATEWAY_KILLS = 100 if FULL else max(1, round(50 * SHARE))
GATEWAY_RATE = 2_000 if FULL else RATE
"""Messages a second while the gateway is killed."""
MOST_ARREARS = 20_000
"""Messages on their way before publisher and kills wait: a queue of a million is the broker's trouble, not ours."""
CUT_SECONDS = 60 * SHARE
BROKER_KILLS = max(1, round(10 * SHARE))
BACK_WITHIN = 5.0
"""Seconds from a broker that accepts connections again to the gateway's session on it."""
LONGEST_DOWN = max(1.0, 10 * SHARE)
"""Seconds that a broker stays down; after ten the link's attempts are as far apart as they ever are."""
ARREARS = 0.1
"""Values of a hundred messages: what is on its way."""
SAVED_EVERY = 60.0
"""Seconds: autosave_interval of deploy/mosquitto/limits.conf."""
GAPS = "SELECT json_extract(body, '$.from'), json_extract(body, '$.to') FROM event WHERE kind = 'gap'"
REACHED = "SELECT coalesce(max(seq), 0) FROM reading"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def wait_for_more(rig: Rig) -> None:
    reached = rig.count(REACHED)
    rig.until("more is stored", lambda: rig.count(REACHED) > reached)


@pytest.mark.timeout(1_800)
def test_a_gateway_killed_again_and_again_stores_every_message_once(
    broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    dice = random.Random(1)
    with Rig(tmp_path, plan(broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        with Publisher(broker.port, ["timed", "clockless", "steady"], rate=GATEWAY_RATE) as load:
            for _ in range(GATEWAY_KILLS):
                wait_for_more(rig)
                time.sleep(dice.uniform(0.0, 0.3))
                rig.kill("gateway")
                rig.start_gateway()
                if load.sent - rig.count(REACHED) > MOST_ARREARS:
                    load.held.set()
                    rig.until("it has caught up", lambda: load.sent - rig.count(REACHED) < GATEWAY_RATE)
                    load.held.clear()
            wait_for_more(rig)
        settle(rig, broker.port)
        found = fates(rig, [load])
    note = f"{GATEWAY_RATE:,} messages a second, but for pauses when more than {MOST_ARREARS:,} were on their way"
    findings.append(Finding(f"SIGKILL of the gateway, {times(GATEWAY_KILLS)}", found, [note]))
    assert [(fate.lost, fate.doubled) for fate in found] == [(0, 0)] * 3


def test_a_network_that_is_cut_without_a_word_costs_nothing(
    broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    with Cut(broker.port) as network, Rig(tmp_path, plan(network.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        with Publisher(broker.port, ["timed", "clockless", "steady"]) as load:
            wait_for_more(rig)
            network.cut()
            time.sleep(CUT_SECONDS)
            network.heal()
            began = time.monotonic()
            wait_for_more(rig)
            back = time.monotonic() - began
        settle(rig, broker.port)
        found = fates(rig, [load])
        left = UNRESPONSIVE.text in rig.log.read_text()
    connection = "had left the connection" if left else "kept the connection"
    note = f"the gateway {connection}, and stored again {back:.1f} s after the mending"
    findings.append(Finding(f"network between broker and gateway cut for {CUT_SECONDS:g} s", found, [note]))
    assert [(fate.lost, fate.doubled) for fate in found] == [(0, 0)] * 3
    # The broker would drop us after one and a half; what is to be seen is that we notice by ourselves.
    assert left or CUT_SECONDS < 2 * KEEPALIVE + 2


class Crashes:
    """One kitchen whose broker is killed again and again.

    Attributes:
        unsaved: from and to of the values that were published between a save of the broker and its return.
        returned: UTC microseconds at which the broker was started again.
        back: seconds from the broker's return to the gateway's session on it.
    """

    def __init__(self, rig: Rig, broker: Broker, load: Publisher) -> None:
        self.unsaved: list[tuple[float, float]] = []
        self.back: list[float] = []
        self.returned: list[int] = []
        self._rig = rig
        self._broker = broker
        self._load = load
        self._dice = random.Random(3)

    def while_it_runs(self) -> None:
        watcher = self._rig.watch_connected()
        self._wait_for_calm()
        saved = self._save()
        wait_for_more(self._rig)
        since = link_of(watcher)["since"]
        self._crash(saved)
        began = time.monotonic()
        self._rig.until("it is in session again", lambda: is_back(watcher, since), watcher)
        self.back.append(time.monotonic() - began)
        assert "session kept" in str(link_of(watcher)["text"])

    def while_it_is_away(self) -> None:
        saved = self._queue_and_save()
        self._publish_more()
        self._crash(saved)
        self._rig.start_gateway()
        wait_for_more(self._rig)

    def while_it_catches_up(self) -> None:
        saved = self._queue_and_save()
        self._rig.start_gateway()
        self._rig.watch_connected()
        wait_for_more(self._rig)
        self._crash(saved)
        wait_for_more(self._rig)

    def _queue_and_save(self) -> float:
        self._wait_for_calm()
        self._rig.kill("gateway")
        self._publish_more()
        return self._save()

    def _wait_for_calm(self) -> None:
        """Until the publisher has no arrears of the last crash any more, and the gateway stores."""
        self._rig.until("the arrears are sent", lambda: self._load.sent / 1_000 - self._load.first_open < ARREARS)
        wait_for_more(self._rig)

    def _publish_more(self) -> None:
        until = self._load.sent + RATE // 2
        self._rig.until("more is published", lambda: self._load.sent >= until)

    def _save(self) -> float:
        """Let the broker save now what it saves every minute; the first value that it may not have."""
        value = self._load.first_open
        self._broker.save()
        return value

    def _crash(self, saved: float) -> None:
        """Kill the broker and start it again; it knows what it knew at `saved`."""
        self._broker.kill()
        time.sleep(self._dice.uniform(0.0, LONGEST_DOWN))
        self.returned.append(self._rig.now())
        self._broker.start()
        self.unsaved.append((saved, self._load.sent / 1_000))


def link_of(watcher: Watcher) -> dict[str, object]:
    return next(link for link in watcher.state["links"] if link["name"] == "mqtt")


def is_back(watcher: Watcher, since: object) -> bool:
    link = link_of(watcher)
    return bool(link["up"]) and link["since"] != since


SITUATIONS = [Crashes.while_it_runs, Crashes.while_it_is_away, Crashes.while_it_catches_up]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_a_broker_that_crashes_costs_only_what_it_had_not_saved(
    situation: Callable[[Crashes], None], broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    """Nothing that tells its time is stored twice, and a publisher that sends the last minute again loses nothing."""
    with Rig(tmp_path, plan(broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        with (
            Publisher(broker.port, ["timed", "clockless"]) as load,
            Publisher(broker.port, ["careful"], rate=20, repeats=1.5 * SAVED_EVERY) as careful,
        ):
            crashes = Crashes(rig, broker, load)
            for _ in range(BROKER_KILLS):
                situation(crashes)
        settle(rig, broker.port)
        timed, clockless, repeated = found = fates(rig, [load, careful])
        gaps = rig.rows(GAPS)
    slowest = max(crashes.back, default=0.0)
    back = [f"the gateway was in session again {slowest:.1f} s after the broker at the latest"] if slowest else []
    name = situation.__name__.replace("_", " ").replace(" it ", " the gateway ", 1)
    findings.append(Finding(f"SIGKILL of the broker {name}, {times(BROKER_KILLS)}", found, back))
    assert slowest <= BACK_WITHIN
    assert (timed.doubled, repeated.doubled, repeated.lost) == (0, 0, 0)
    for moment in crashes.returned:
        assert any(since <= moment <= until for since, until in gaps), "each crash lies in a named gap"
    for value in timed.lost_values | clockless.lost_values:
        assert any(saved <= value <= returned for saved, returned in crashes.unsaved), value


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
