"""The page in a real browser, over a fake gateway: what staff sees and taps."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import board, tile
from fake_gateway import NIGHT, SECOND, FakeGateway, alarm, reading, stranger, text
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.system


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    with board(address) as page:
        yield page


def test_an_alarm_turns_its_tile_red_and_two_taps_acknowledge_it(page: Page, gateway: FakeGateway) -> None:
    expect(tile(page, "chiller-2-air")).to_have_attribute("data-look", "normal")
    expect(page.locator("#alarms")).to_contain_text("Tidak ada alarm")

    hot = {"id": "chiller-2-air", "state": "critical", "since": None, "reading": reading(8.7, NIGHT)}
    gateway.send("change", points=[hot], alarms=[alarm("a-1", value=8.7)])
    expect(tile(page, "chiller-2-air")).to_have_attribute("data-look", "critical")
    expect(tile(page, "chiller-2-air")).to_contain_text(re.compile("8,7.*Bahaya.*maks. 5 °C"))

    def acknowledged(args: dict[str, Any]) -> dict[str, Any]:
        by = {"acknowledged_by": args["who"], "acknowledged_at": NIGHT, "note": args.get("note")}
        done = alarm(args["alarm"], state="ACKNOWLEDGED", **by)
        gateway.send("change", alarms=[done])
        return done

    gateway.answer = acknowledged
    button = page.locator('[data-alarm="a-1"] .acknowledge')
    assert button.bounding_box()["height"] >= 48
    button.click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.locator('[data-alarm="a-1"]')).to_contain_text("✓ Siti 03.18")
    assert gateway.commands[0]["args"] == {"alarm": "a-1", "who": "siti"}

    gateway.send("change", alarms=[alarm("a-1", state="NORMAL")])
    expect(page.locator("#alarms")).to_contain_text("Tidak ada alarm")


def test_with_the_gateway_stopped_no_tile_stays_green_and_each_says_how_old_it_is(
    page: Page, gateway: FakeGateway
) -> None:
    expect(tile(page, "chiller-1-air")).to_have_attribute("data-look", "normal")
    gateway.stop()
    expect(page.locator("#link")).to_have_text("Terputus")
    expect(page.locator('.tile:not([data-look="unknown"])')).to_have_count(0)
    for shown in page.locator(".tile").all():
        expect(shown).to_contain_text(re.compile(r"\d+ dtk lalu"))
    page.get_by_role("button", name="Switch to English").click()
    expect(tile(page, "chiller-1-air")).to_contain_text(re.compile(r"3\.5.*Unknown.*\d+ s ago"))

    gateway.start()
    expect(tile(page, "chiller-1-air")).to_have_attribute("data-look", "normal")


def test_a_value_beyond_its_limit_is_never_green_while_the_delay_runs(page: Page, gateway: FakeGateway) -> None:
    gateway.send("change", points=[{"id": "chiller-1-air", "state": "normal", "reading": reading(5.1, NIGHT)}])
    expect(tile(page, "chiller-1-air")).to_have_attribute("data-look", "over")


def test_a_reading_that_is_old_turns_grey_though_nobody_says_so(page: Page, gateway: FakeGateway) -> None:
    expect(tile(page, "chiller-1-air")).to_have_attribute("data-look", "normal")
    gateway.now = NIGHT + 120 * SECOND
    expect(tile(page, "chiller-1-air")).to_have_attribute("data-look", "stale")
    expect(tile(page, "chiller-1-air")).to_contain_text("2 mnt lalu")


def test_that_nothing_is_recorded_is_the_loudest_thing_on_the_page(page: Page, gateway: FakeGateway) -> None:
    gateway.send("change", health={"recording": False, "recording_since_lost": NIGHT - 360 * SECOND})
    expect(page.get_by_role("alert")).to_contain_text("Tidak ada yang dicatat sejak 03.12")


def test_who_knows_the_time_says_yes_with_two_taps_or_another_time(page: Page, gateway: FakeGateway) -> None:
    gateway.answer = lambda _: {"at": NIGHT}
    gateway.send("change", health={"recording": True, "clock": {"known": False, "suggested": NIGHT}})
    asked = page.get_by_role("button", name=re.compile("Apakah sekarang .*03.18?"))
    asked.click()
    page.get_by_role("button", name="Siti").click()
    expect(page.locator("#sheet")).to_be_hidden()
    asked.click()
    page.get_by_role("button", name="Jam lain").click()
    page.get_by_label("Jam", exact=True).fill("04:05")
    page.get_by_role("button", name="Siti").click()
    expect(page.locator("#sheet")).to_be_hidden()
    told = [command["args"] for command in gateway.commands if command["name"] == "confirm_clock"]
    assert told == [{"who": "siti"}, {"who": "siti", "time": "2026-03-03T04:05"}]
    gateway.send("change", health={"recording": True, "clock": {"known": True, "suggested": None}})
    expect(page.get_by_text("Jam belum pasti")).to_be_hidden()
    about = {"kind": "system", "level": "clock_jumped", "control": None, "point": None}
    gateway.send("change", alarms=[alarm("a-9", **about, message=text("Jam komputer berubah", "The clock changed"))])
    expect(page.locator("#banners")).to_contain_text("Jam komputer berubah")


def test_a_technician_sees_what_is_wrong_with_a_device_and_who_is_new(page: Page, gateway: FakeGateway) -> None:
    wrong = {"device": "chiller-2-air", "count": 7, "at": NIGHT}
    broken = [
        wrong | {"kind": "checksum", "text": "chiller-2-air: wrong CRC"},
        wrong | {"kind": "no_reply", "text": "chiller-2-air: no answer", "count": 1312},
    ]
    gateway.send("change", troubles=broken, discovered=[stranger("sonoff-4")])
    page.get_by_role("link", name="Alat 1 baru").click()
    device = page.locator('[data-device="chiller-2-air"]')
    expect(device).to_contain_text(
        re.compile("4,2 °C.*Aman.*1.312×.*alat tidak menjawab.*no answer.*7×.*data rusak di jalan")
    )
    expect(page.locator('[data-device="chiller-1-air"]')).to_contain_text("Tidak ada gangguan")

    page.get_by_text("sonoff-4", exact=True).click()
    expect(page.locator(".lines")).to_contain_text("driver: tasmota")
    page.get_by_role("button", name="Salin").click()
    expect(page.get_by_role("button", name="Tersalin")).to_be_visible()

    page.go_back()
    expect(tile(page, "chiller-2-air")).to_be_visible()
