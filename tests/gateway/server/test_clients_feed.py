"""The clients' feed: a page that has the snapshot and every change since shows what the next snapshot would."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_rig import MINUTE, GatewayRig
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Quantity, Reading

BY = {"points": "id", "alarms": "id", "stock": "item", "benches": "scale", "sessions": "id", "links": "name"}
"""What a page merges, and by which key."""


@pytest.fixture
def rig(tmp_path: Path) -> GatewayRig:
    rig = GatewayRig(tmp_path)
    rig.run(1)
    return rig


def snapshot(rig: GatewayRig, client: int) -> dict[str, Any]:
    rig.watch(client)
    rig.turn()
    told: dict[str, Any] = rig.clients.replies[client][-1]
    assert told["type"] == "snapshot"
    return told


def shown(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {kind: {each[key]: each for each in told.get(kind, ())} for kind, key in BY.items()}


def merged(page: dict[str, dict[str, Any]], lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the page shows after these lines."""
    for line in lines:
        for kind, key in BY.items():
            for each in line.get(kind, ()):
                page[kind][each[key]] = page[kind].get(each[key], {}) | each
                if kind == "alarms" and each["state"] == "NORMAL":
                    del page[kind][each[key]]
    return page


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("measure"), st.floats(0, 12).map(lambda value: round(value, 1))),
        st.tuples(st.just("weigh"), st.integers(0, 30)),
        st.tuples(st.just("wait"), st.integers(1, 30)),
        st.tuples(st.just("link"), st.booleans()),
        st.tuples(st.just("acknowledge"), st.just(0)),
    ),
    max_size=25,
)


def act(rig: GatewayRig, what: str, value: Any) -> None:
    match what:
        case "measure":
            rig.measure(value)
        case "weigh":
            weight = Reading(
                device="s1", channel="weight", quantity=Quantity.WEIGHT, value=float(value), unit="kg", stable=True
            )
            rig.weigh(weight)
        case "wait":
            rig.machine.wait(value * MINUTE)
        case "link":
            rig.link(up=value)
        case "acknowledge":
            for alarm in rig.gateway.kitchen.board.active:
                rig.command("acknowledge", alarm=alarm.id)
    rig.run(0.5)


@settings(max_examples=20)
@given(before=ACTS, after=ACTS)
def test_a_snapshot_and_the_changes_after_it_are_the_next_snapshot(
    before: list[tuple[str, Any]], after: list[tuple[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rig = GatewayRig(Path(folder))
        for what, value in before:
            act(rig, what, value)
        page = shown(snapshot(rig, 1))
        begun = len(rig.clients.lines)
        for what, value in after:
            act(rig, what, value)
        rig.run(6)
        expected = shown(snapshot(rig, 2))
        page = merged(page, rig.clients.lines[begun:])
        for kind in BY:
            assert {name: _still(each) for name, each in page[kind].items()} == {
                name: _still(each) for name, each in expected[kind].items()
            }, kind
        rig.gateway.journal.close()


def _still(each: dict[str, Any]) -> dict[str, Any]:
    """Without what goes on by itself: an alarm says how long it has lasted."""
    return {key: value for key, value in each.items() if key != "message"}


def heartbeats(rig: GatewayRig) -> list[dict[str, Any]]:
    return [line for line in rig.clients.lines if line["type"] == "heartbeat"]


def test_a_page_hears_a_heartbeat_each_second_with_whether_anything_is_recorded(rig: GatewayRig) -> None:
    began = len(heartbeats(rig))
    rig.run(10)
    assert 9 <= len(heartbeats(rig)) - began <= 11
    assert heartbeats(rig)[-1]["health"]["recording"] is True


def lists(rig: GatewayRig) -> Iterator[list[Any]]:
    return (line["troubles"] for line in rig.clients.lines if "troubles" in line)


def test_troubles_are_told_every_five_seconds_at_most_and_only_when_there_are_new_ones(rig: GatewayRig) -> None:
    for _ in range(40):
        rig.publish(b"no JSON")
        rig.run(0.5)
    assert 3 <= len(list(lists(rig))) <= 6
    assert list(lists(rig))[-1][0]["count"] >= 30
    told = len(list(lists(rig)))
    rig.run(20)
    assert len(list(lists(rig))) <= told + 1, "nothing new, nothing told"


def test_a_command_that_is_given_twice_is_done_once_and_answered_with_how_things_stand(rig: GatewayRig) -> None:
    for _ in range(7):
        rig.measure(9.0)
        rig.machine.wait(MINUTE)
        rig.run(0.5)
    (alarm,) = [alarm for alarm in rig.gateway.kitchen.board.active if alarm.kind == "limit"]
    for _ in range(2):
        rig.command("acknowledge", alarm=alarm.id, key="once")
        rig.run(0.5)
    first, second = rig.clients.replies[7]
    assert (first["ok"], second["ok"]) == (True, True)
    assert first["result"]["state"] == second["result"]["state"] == "ACKNOWLEDGED"
    assert rig.rows("SELECT count(*) FROM event WHERE kind = 'alarm_acknowledged'") == [(1,)]
    rig.restart()
    rig.command("acknowledge", alarm=alarm.id, key="once")
    rig.run(0.5)
    assert rig.clients.replies[7][0]["ok"], "after a restart, too"
    assert rig.rows("SELECT count(*) FROM event WHERE kind = 'alarm_acknowledged'") == [(1,)]
