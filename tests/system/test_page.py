"""The page on the real thing: a probe on mosquitto, the gateway, the API, a browser."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import paho.mqtt.client as paho
import pytest
from brokers import mosquitto
from browser import board, tile
from playwright.sync_api import expect
from rig import Rig

from api.schemas import food as food_schemas
from api.schemas import kitchen as schemas
from api.schemas import probes as probe_schemas
from api.schemas import stock as stock_schemas
from gateway.cli.main import main

pytestmark = pytest.mark.system

PLAN = """
kitchen: {{id: k1, name: Dapur SPPG, people: [{{id: siti, name: Siti Rahayu}}, {{id: budi, name: Budi}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: c1, driver: senml-json}}, {{id: s1, driver: senml-json}}]
points:
  - {{id: c1-air, name: Chiller 1, device: c1, channel: temperature, quantity: temperature, interval: 1s}}
  - {{id: s1-weight, name: Timbangan, device: s1, channel: weight, quantity: weight, interval: 1d}}
control_points:
  - {{id: ccp-c1, kind: cold_holding, point: c1-air, critical_limit: 5, on_delay: 1s, off_delay: 0s}}
stock:
  items: [{{id: chicken, name: {{id: Ayam, en: Chicken}}, storage: meat, store: cold}}]
  stores: [{{id: cold, name: Gudang dingin, points: [c1-air]}}]
  scales: [{{point: s1-weight}}]
"""
LIVE: dict[str, Any] = {
    "/api/kitchen": schemas.KitchenAnswer,
    "/api/readings": schemas.ReadingsAnswer,
    "/api/alarms": schemas.AlarmsAnswer,
    "/api/alarms?state=all": schemas.AlarmsAnswer,
    "/api/devices": schemas.DevicesAnswer,
    "/api/probes": probe_schemas.ProbesAnswer,
    "/api/discovered": schemas.DiscoveredAnswer,
    "/api/stock": stock_schemas.StockAnswer,
    "/api/stock/movements": stock_schemas.MovementsAnswer,
    "/api/catalogue": stock_schemas.CatalogueAnswer,
    "/api/batches": food_schemas.BatchesAnswer,
    "/api/health": schemas.HealthAnswer,
}
EVERY = 0.2  # s


class Probe:
    """Publishes its `value` again and again, as a probe does."""

    def __init__(self, port: int) -> None:
        self.value = 3.5
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "probe")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._measure)
        self._thread.start()

    def _measure(self) -> None:
        while not self._ended.wait(EVERY):
            record = {"bn": "c1/", "n": "temperature", "u": "Cel", "v": self.value}
            self._client.publish("mbg/k1/c1/temperature", json.dumps([record]), 1)

    def say_as_a_stranger(self) -> None:
        """What a device says that nobody has configured."""
        self._client.publish("tele/sonoff/SENSOR", '{"AM2301":{"Temperature":21.5},"TempUnit":"C"}', 1)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[tuple[Rig, Probe]]:
    with mosquitto(tmp_path / "broker") as broker, Rig(tmp_path, PLAN.format(port=broker.port)) as rig:
        probe = Probe(broker.port)
        try:
            rig.start_gateway()
            rig.start_api()
            yield rig, probe
        finally:
            probe.stop()


def test_staff_sees_an_alarm_come_acknowledges_it_and_sees_it_go(kitchen: tuple[Rig, Probe]) -> None:
    rig, probe = kitchen
    with board(f"http://127.0.0.1:{rig.port}/") as page:
        chiller = tile(page, "c1-air")
        expect(chiller).to_have_attribute("data-look", "normal")

        probe.value = 8.7
        expect(chiller).to_have_attribute("data-look", "critical")
        expect(chiller).to_contain_text(re.compile("8,7.*Bahaya.*maks. 5 °C"))

        page.locator(".acknowledge").click()
        page.get_by_label("Catatan").fill("pintu ditutup")
        page.get_by_role("button", name="Siti Rahayu").click()
        expect(page.locator("#alarms")).to_contain_text(re.compile(r"✓ Siti \d\d\.\d\d.*pintu ditutup"))
        stored = "SELECT state, acknowledged_by, note FROM alarm"
        assert rig.rows(stored) == [("ACKNOWLEDGED", "siti", "pintu ditutup")]

        probe.value = 3.5
        expect(chiller).to_have_attribute("data-look", "normal")
        expect(page.locator("#alarms")).to_contain_text("Tidak ada alarm")


def test_without_its_gateway_the_page_turns_grey_says_how_old_it_is_and_recovers(kitchen: tuple[Rig, Probe]) -> None:
    rig, _ = kitchen
    with board(f"http://127.0.0.1:{rig.port}/") as page:
        chiller = tile(page, "c1-air")
        expect(chiller).to_have_attribute("data-look", "normal")

        rig.kill("gateway")
        expect(chiller).to_have_attribute("data-look", "unknown")
        expect(chiller).to_contain_text(re.compile(r"3,5.*\d+ dtk lalu"))
        expect(page.locator("#link")).to_have_text("Terputus")

        rig.start_gateway()
        expect(chiller).to_have_attribute("data-look", "normal")
        expect(page.locator("#link")).to_have_text("Terhubung")


def test_without_its_api_the_page_turns_grey_too(kitchen: tuple[Rig, Probe]) -> None:
    rig, _ = kitchen
    with board(f"http://127.0.0.1:{rig.port}/") as page:
        expect(tile(page, "c1-air")).to_have_attribute("data-look", "normal")
        rig.kill("api")
        expect(tile(page, "c1-air")).to_have_attribute("data-look", "unknown")
        rig.start_api()
        expect(tile(page, "c1-air")).to_have_attribute("data-look", "normal")


def test_a_delivery_typed_on_the_page_is_in_the_books(kitchen: tuple[Rig, Probe]) -> None:
    rig, _ = kitchen
    with board(f"http://127.0.0.1:{rig.port}/#stock") as page:
        page.get_by_role("button", name="Terima", exact=True).click()
        page.get_by_role("group", name="Bahan").get_by_role("button", name="Ayam").click()
        page.get_by_role("group", name="Ditimbang di mana?").get_by_role("button", name="Ketik").click()
        page.get_by_label("Jumlah bersih").fill("12,5")
        page.get_by_label("Suhu inti").fill("3,4")
        page.get_by_role("button", name="Siti Rahayu").click()
        expect(page.locator('[data-item="chicken"]')).to_contain_text("12,500 kg")
        expect(page.locator("#movements")).to_contain_text(re.compile(r"Masuk Ayam\+12,500 kg.*diketik Siti Rahayu"))
    stored = "SELECT item, quantity, entry, who FROM movement"
    assert rig.rows(stored) == [("chicken", "12.500", "typed", "siti")]


def test_what_the_real_gateway_tells_has_the_shapes_that_openapi_promises(kitchen: tuple[Rig, Probe]) -> None:
    """The tests of the API have a gateway of their own, which could say something else than the real one."""
    rig, probe = kitchen
    probe.value = 8.7
    rig.until("an alarm", lambda: (rig.get("/api/alarms") or {}).get("alarms"))
    said = {"who": "siti", "purpose": "receive", "item": "chicken", "quantity": "2.5", "temperature": 3.4}
    assert rig.post("/api/commands/stock_entry", said)[0] == 200
    weighed = {"who": "siti", "purpose": "receive", "item": "chicken", "scale": "s1-weight"}
    assert rig.post("/api/commands/weigh_open", weighed)[0] == 200
    opened = {"who": "siti", "product": "Soto", "point": "c1-air", "portions": 10}
    status, batch = rig.post("/api/commands/batch_open", opened)
    assert status == 200
    typed = {"who": "siti", "batch": batch["id"], "value": 72.5, "instrument": "T-1"}
    assert rig.post("/api/commands/typed_reading", typed)[0] == 200
    rig.until("a session", lambda: rig.get("/api/stock")["sessions"])
    rig.until("verdicts", lambda: any(each["verdicts"] for each in rig.get("/api/batches")["batches"]))
    for path, shape in LIVE.items():
        told = rig.get(path)
        assert msgspec.convert(told, shape) if issubclass(shape, msgspec.Struct) else shape.model_validate(told)


def test_a_stranger_on_the_broker_is_shown_with_the_lines_to_paste(
    kitchen: tuple[Rig, Probe], capsys: pytest.CaptureFixture[str]
) -> None:
    rig, probe = kitchen
    rig.watch_connected()
    probe.say_as_a_stranger()
    with board(f"http://127.0.0.1:{rig.port}/#devices") as page:
        expect(page.locator("#discovered")).to_contain_text(re.compile("sonoff.*tasmota.*21,5 °C"))
        page.get_by_text("sonoff", exact=True).click()
        expect(page.locator(".lines")).to_contain_text("driver: tasmota")
    assert main(["devices", "--mqtt", "--data", str(rig.data)]) == 0
    assert "driver: tasmota" in capsys.readouterr().out
    assert rig.rows("SELECT count(*) FROM point WHERE name LIKE '%sonoff%'") == [(0,)]
