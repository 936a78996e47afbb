import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from simulators import scenario
from simulators.actions import Door, GoodsDelivery, Late, Model, Plug, SimulatedDevice
from simulators.clock import SECOND, duration
from simulators.devices.mqtt_probe import BrokerAddress
from simulators.kitchen import SimulatedKitchen
from simulators.scenario import Scenario, Script
from simulators.truth import TruthFile
from simulators.verbs import ScenarioError, parse_action

START = 1_795_460_400 * SECOND
CHILLER = SimulatedDevice(id="chiller-1", model=Model.XY_MD02, box="chiller")
SCALE = SimulatedDevice(id="rice-scale", model=Model.CSV_ST, item="rice")
PROBE = SimulatedDevice(id="freezer-1", model=Model.SENML, box="freezer")
DEVICES = [CHILLER, SCALE, PROBE]


def _kitchen(name: str, folder: Path, truth: TruthFile) -> SimulatedKitchen:
    return SimulatedKitchen(
        scenario.load(name),
        folder=folder,
        kitchen="sppg-test",
        broker=BrokerAddress(host="127.0.0.1", port=1),
        truth=truth,
        start=START,
    )


def _published(kitchen: SimulatedKitchen) -> dict[str, list[tuple[str, bytes]]]:
    return {device: list(probe._outbox) for device, probe in kitchen._probes.items()}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"door": "open"}, Door("chiller-1", open=True)),
        ({"door": "closed", "device": "freezer-1"}, Door("freezer-1", open=False)),
        ({"deliver": {"item": "rice", "kg": 25.0}}, GoodsDelivery("rice-scale", Decimal("25.00"))),
        ({"unplug": "rice-scale"}, Plug("rice-scale", plugged=False)),
        ({"late": {"ago": "1h30m", "value": 9.5}}, Late("freezer-1", 5_400 * SECOND, 9.5)),
    ],
)
def test_an_action_is_one_verb_and_finds_its_device(written, meant):
    assert parse_action(written, DEVICES) == meant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({}, "exactly one verb"),
        ({"door": "open", "issue": 1.0}, "exactly one verb"),
        ({"door": "ajar"}, "none of open, closed"),
        ({"deliver": {"item": "flour", "kg": 1.0}}, "flour is not among"),
        ({"issue": -2}, "no weight"),
        ({"fault": "bored"}, "none of none, silent"),
        ({"late": 3}, "late needs"),
        ({"unplug": "freezer-1"}, "chiller-1, rice-scale"),
    ],
)
def test_a_wrong_action_says_what_would_be_right(written, why):
    with pytest.raises(ScenarioError, match=why):
        parse_action(written, DEVICES)


@pytest.mark.parametrize("text", ["", "5", "1x", "m", "1m 30s", "-5s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="no duration"):
        duration(text)


def test_steps_come_once_each_and_a_loop_begins_again():
    opened, shut = Door("chiller-1", open=True), Door("chiller-1", open=False)
    told = Scenario(devices=DEVICES, loop=10, steps=[(2, opened), (5, shut)])
    script = Script(told, start=100)
    assert list(script.due(101)) == []
    assert list(script.due(104)) == [(102, opened)]
    assert list(script.due(117)) == [(105, shut), (112, opened), (115, shut)]


@pytest.mark.parametrize("name", scenario.names())
def test_the_same_happens_however_fast_the_clock_runs(name, tmp_path):
    told = []
    for ticks in ([17, 1_100, 1_500], range(0, 1_501, 50)):
        truth = TruthFile(tmp_path / "truth.jsonl")
        kitchen = _kitchen(name, tmp_path, truth)
        for seconds in ticks:
            kitchen.advance(START + seconds * SECOND)
        truth.close()
        told.append((_published(kitchen), (tmp_path / "truth.jsonl").read_text()))
    assert told[0] == told[1]
    assert {len(published) for probe, published in told[0][0].items() if probe == "freezer-1"} <= {300}


def test_the_kitchen_scenario_leaves_its_truth_behind(tmp_path):
    truth = TruthFile(tmp_path / "truth.jsonl")
    _kitchen("kitchen", tmp_path, truth).advance(START + 900 * SECOND)
    truth.close()
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert [line["expected"] for line in lines] == [
        {"event": "delivery", "kg": "25.00"},
        {"event": "door_opened"},
        {"event": "door_closed"},
        {"event": "issue", "kg": "7.50"},
        {"event": "probe_died"},
        {"event": "scenario_finished"},
    ]
    assert lines[0]["at"] == "2026-11-23T19:01:00.000Z"


def test_a_dead_probe_publishes_nothing_and_a_cut_off_one_keeps_what_it_measures(tmp_path):
    kitchen = _kitchen("quiet", tmp_path, TruthFile(None))
    devices = scenario.load("quiet").devices
    kitchen.do(parse_action({"probe": "die", "device": "chiller-2"}, devices), START)
    kitchen.do(parse_action({"network": "down", "device": "freezer-1"}, devices), START)
    kitchen.advance(START + 100 * SECOND)
    assert len(_published(kitchen)["chiller-2"]) == 0
    kept = _published(kitchen)["freezer-1"]
    assert len(kept) == 20
    kitchen.do(parse_action({"network": "up", "device": "freezer-1"}, devices), START + 100 * SECOND)
    assert _published(kitchen)["freezer-1"] == [kept[-1], *kept[:-1]]


@pytest.mark.parametrize("name", scenario.names())
def test_each_scenario_comes_with_a_kitchen_yaml_for_its_devices(name, tmp_path):
    text = scenario.kitchen_yaml(name, folder=tmp_path, kitchen="sppg-x", broker_port=1884, api_port=8081)
    config = yaml.safe_load(text)
    assert config["kitchen"]["id"] == "sppg-x"
    assert (config["mqtt"]["port"], config["api"]["port"]) == (1884, 8081)
    assert [device["id"] for device in config["devices"]] == [device.id for device in scenario.load(name).devices]
    first = config["devices"][0]
    assert first["port"] == str(tmp_path / first["id"])
