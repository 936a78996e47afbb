"""A probe is checked from its card, in a real browser over a fake gateway: steps, the minute, what was found."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import board
from fake_food import batch
from fake_gateway import NIGHT, SECOND, FakeGateway
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.system

Json = dict[str, Any]
BOILS = 97.5
DAY = 86_400 * SECOND
ICE = {"ice": [0.6], "ice_mean": 0.6, "boiling": None, "boiling_mean": None, "expected": None, "error": None}
FOUND = {**ICE, "sigma": 0.02, "offset": -0.6, "offset_in_force": -0.6, "outcome": "OFFSET_STORED", "repeat": False}


def probe(point: str, state: str, **more: Any) -> Json:
    return {"point": point, "state": state, "checked_at": None, "offset": 0.0, "listening": [], **more}


def log(bath: str, readings: int, **more: Any) -> Json:
    told = {"mean": 0.58, "sigma": 0.02, "steady": True, "done": False}
    return {"bath": bath, "since": NIGHT, "readings": readings, **told, **more}


@pytest.fixture
def page(gateway: FakeGateway, address: str) -> Iterator[Page]:
    gateway.snapshot["kitchen"] |= {"altitude": 768.0, "boiling_point": BOILS}
    gateway.snapshot["points"][1]["interval"] = 60 * SECOND
    gateway.snapshot["probes"] = [
        probe("chiller-1-air", "good", checked_at=NIGHT - 3 * DAY, offset=0.4),
        probe("chiller-2-air", "doubted"),
    ]
    gateway.stop()
    gateway.start()
    with board(f"{address}/#devices") as page:
        yield page


def row(page: Page, point: str) -> Locator:
    return page.locator(f'[data-probe="{point}"]')


def test_what_is_due_says_why_and_a_probe_that_fell_is_asked_for_in_two_taps(page: Page, gateway: FakeGateway) -> None:
    swung = {"due_at": NIGHT - 2 * DAY, "due_cause": "swing", "checked_at": NIGHT - 3 * DAY}
    gateway.send("change", now=NIGHT, probes=[probe("chiller-1-air", "overdue", **swung)])
    expect(row(page, "chiller-1-air")).to_contain_text(
        re.compile("Waktunya diperiksa.*melompat lebih dari 100 °C, 1.Mar")
    )
    gateway.answer = lambda args: {"point": args["point"], "overdue_since": NIGHT}
    row(page, "chiller-1-air").get_by_role("button", name="Jatuh").click()
    page.get_by_role("button", name="Budi Santoso").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert given(gateway) == [("probe_dropped", {"point": "chiller-1-air"})]


def test_a_tile_says_that_its_probe_is_due_and_stays_green(page: Page, gateway: FakeGateway) -> None:
    shown = {"value": 3.5, "quality": "good", "reason": "calibration_overdue", "measured_at": NIGHT}
    gateway.send("change", now=NIGHT, points=[{"id": "chiller-1-air", "reading": shown}])
    page.get_by_role("link", name="Suhu").click()
    tile = page.locator('[data-point="chiller-1-air"]')
    expect(tile).to_contain_text("waktunya diperiksa")
    expect(tile).to_have_attribute("data-look", "normal")


def listen(gateway: FakeGateway, *listening: Json, now: int) -> None:
    gateway.now = now
    gateway.send("change", now=now, probes=[probe("chiller-1-air", "good", listening=list(listening))])


def given(gateway: FakeGateway) -> list[tuple[str, Json]]:
    return [(each["name"], {k: v for k, v in each["args"].items() if k != "who"}) for each in gateway.commands]


def test_a_probe_says_how_its_calibration_stands(page: Page) -> None:
    expect(row(page, "chiller-1-air")).to_contain_text(
        re.compile("Kalibrasi baik.*diperiksa 28.Feb 03.18.*koreksi .0,40")
    )
    expect(row(page, "chiller-2-air")).to_contain_text("Kalibrasi diragukan")
    page.locator("#language").click()
    expect(row(page, "chiller-2-air")).to_contain_text("Calibration doubted: do not use")


def test_a_check_in_ice_takes_three_taps_and_shows_its_minute_as_it_goes(page: Page, gateway: FakeGateway) -> None:
    gateway.answer = lambda args: log(args["bath"], 0) if "bath" in args else {**FOUND, "causes": []}
    check = row(page, "chiller-1-air").get_by_role("button", name="Periksa")
    assert check.bounding_box()["height"] >= 56
    sheet = page.locator("#sheet")

    check.click()  # one
    expect(sheet).to_contain_text("sebelum probe diangkat dari tempatnya")
    for button in sheet.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 48
    page.get_by_role("button", name="Siti Rahayu").click()  # two: from here on nothing alarms
    expect(sheet).to_contain_text(re.compile("es serut.*2–5 cm dari dinding.*4–5 menit", re.DOTALL))
    page.get_by_role("button", name="Probe sudah di es").click()  # three
    expect(sheet).to_contain_text("Probe didengarkan di es: harus 0,0")

    listen(gateway, log("ice", 4), now=NIGHT + 20 * SECOND)
    expect(sheet).to_contain_text(re.compile(r"(40|39) dtk lagi.*0,58 °C.*0,02 °C.*Pembacaan4"))
    listen(gateway, log("ice", 9, sigma=0.2, steady=False), now=NIGHT + 50 * SECOND)
    expect(sheet).to_contain_text("Belum tenang: goyangan harus di bawah 0,1")
    listen(gateway, log("ice", 12, done=True), now=NIGHT + 60 * SECOND)
    expect(sheet).to_contain_text(re.compile("Baik, dengan koreksi.*−0,60 °C ditambahkan"))
    page.get_by_role("button", name="Tutup").click()
    begin = ("calibration_start", {"point": "chiller-1-air", "bath": "ice", "anew": True})
    assert given(gateway) == [begin, begin, ("calibration_check", {"point": "chiller-1-air"})]


def test_a_check_that_is_left_is_cancelled_and_the_card_says_until_when_nothing_is_guarded(
    page: Page, gateway: FakeGateway
) -> None:
    gateway.answer = lambda args: log(args.get("bath", "ice"), 0)
    row(page, "chiller-1-air").get_by_role("button", name="Periksa").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    gateway.send("change", now=NIGHT, probes=[probe("chiller-1-air", "good", back_at=NIGHT + 600 * SECOND)])
    with page.expect_request("**/api/commands/calibration_cancel"):
        page.get_by_role("button", name="Batal").click()
    expect(row(page, "chiller-1-air")).to_contain_text("tidak menjaga makanan sampai")
    shown = {"value": 0.1, "quality": "uncertain", "reason": "in_check", "measured_at": NIGHT}
    gateway.send("change", now=NIGHT, points=[{"id": "chiller-1-air", "reading": shown, "state": "unknown"}])
    page.get_by_role("link", name="Suhu").click()
    tile = page.locator('[data-point="chiller-1-air"]')
    expect(tile).to_contain_text("sedang diperiksa")
    expect(tile).to_have_attribute("data-look", "unknown")


def test_who_checks_a_probe_that_measures_food_is_told(page: Page, gateway: FakeGateway) -> None:
    row(page, "chiller-1-air").get_by_role("button", name="Periksa").click()
    expect(page.locator("#sheet")).to_contain_text("probe ini tidak menjaga makanan")
    page.get_by_role("button", name="Batal").click()
    soto = batch("20260303-01", "Soto", "RUNNING", at_point="chiller-1-air")
    told = [probe("chiller-1-air", "good", offset=0.7)]
    gateway.send("change", now=NIGHT, probes=told, batches=[soto])
    expect(row(page, "chiller-1-air")).to_contain_text("0,70")
    row(page, "chiller-1-air").get_by_role("button", name="Periksa").click()
    expect(page.locator("#sheet")).to_contain_text("Soto diukur dengan probe ini: pindahkan dulu batchnya")


def test_after_ice_the_sheet_leads_into_boiling_water_with_what_it_should_show(
    page: Page, gateway: FakeGateway
) -> None:
    wrong = {"boiling": [99.0], "boiling_mean": 99.0, "expected": BOILS, "error": 1.5, "outcome": "QUARANTINE"}
    gateway.answer = lambda args: log(args["bath"], 0) if "bath" in args else {**FOUND, **wrong, "causes": ["boiling"]}
    row(page, "chiller-1-air").get_by_role("button", name="Periksa").click()
    sheet = page.locator("#sheet")
    expect(sheet.get_by_role("button", name="Air mendidih", exact=False).first).to_contain_text("harus 97,5 °C")
    page.get_by_role("button", name="Es, lalu air mendidih").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    page.get_by_role("button", name="Probe sudah di es").click()
    listen(gateway, log("ice", 12, done=True), now=NIGHT + 60 * SECOND)
    expect(sheet).to_contain_text(re.compile("Es selesai.*Pada 768 m air mendidih di 97,5 °C", re.DOTALL))
    page.get_by_role("button", name="Probe sudah di air mendidih").click()
    expect(sheet).to_contain_text("harus 97,5 °C")
    listen(gateway, log("ice", 12, done=True), log("boiling", 12, done=True), now=NIGHT + 200 * SECOND)
    expect(sheet).to_contain_text(re.compile("Jangan dipakai.*97,5.*99,00 °C.*1,50 °C.*diragukan.*Ganti probe ini"))
    baths = [(args.get("bath"), args.get("anew")) for _, args in given(gateway)]
    assert baths == [("ice", True), ("ice", True), ("boiling", False), (None, None)]


def test_a_bath_that_is_not_steady_is_refused_with_what_to_do(page: Page, gateway: FakeGateway) -> None:
    unsteady = {"sigma": 0.21, "outcome": "QUARANTINE", "repeat": True}
    gateway.answer = lambda args: log(args["bath"], 0) if "bath" in args else {**FOUND, **unsteady}
    row(page, "chiller-1-air").get_by_role("button", name="Periksa").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    page.get_by_role("button", name="Probe sudah di es").click()
    listen(gateway, log("ice", 12, done=True, steady=False), now=NIGHT + 60 * SECOND)
    expect(page.locator("#sheet")).to_contain_text(re.compile("Belum tenang.*0,21 °C.*Aduk dan padatkan es"))
    page.get_by_role("button", name="Ulangi").click()
    expect(page.locator("#sheet")).to_contain_text("sebelum probe diangkat")


def test_a_probe_that_reports_seldom_is_read_by_eye(page: Page, gateway: FakeGateway) -> None:
    gateway.answer = lambda args: log(args["bath"], 0) if "bath" in args else {**FOUND, "causes": []}
    row(page, "chiller-2-air").get_by_role("button", name="Periksa").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    for label in ("Angka pertama", "Angka kedua", "Angka ketiga"):
        page.get_by_label(label).fill("0,6")
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.locator("#sheet")).to_contain_text("Baik, dengan koreksi")
    assert given(gateway) == [
        ("calibration_start", {"point": "chiller-2-air", "bath": "ice", "anew": True}),
        ("calibration_check", {"point": "chiller-2-air", "ice": [0.6, 0.6, 0.6]}),
    ]
