"""The stock on the page: what staff sees of it, and how few taps it takes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import board
from fake_gateway import FakeGateway
from fake_stock import RICE, bench, load, session, stocked
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.system

Json = dict[str, Any]


@pytest.fixture
def full(gateway: FakeGateway) -> FakeGateway:
    stocked(gateway.snapshot)
    return gateway


@pytest.fixture
def page(full: FakeGateway, address: str) -> Iterator[Page]:
    with board(f"{address}/#stock") as page:
        yield page


def said(gateway: FakeGateway) -> list[tuple[str, Json]]:
    """The commands that came, in order."""
    return [(command["name"], command["args"]) for command in gateway.commands]


def scan(page: Page, code: str) -> None:
    """Keys as fast as a scanner strikes them, however busy this machine is."""
    strike = "keys => keys.forEach(key => document.dispatchEvent(new KeyboardEvent('keydown', { key })))"
    page.evaluate(strike, [*code, "Enter"])


def test_what_is_past_its_date_or_low_comes_first_and_says_what_to_do(page: Page) -> None:
    shown = page.locator(".stock-item")
    expect(shown.nth(0)).to_contain_text(re.compile("Susu.*LEWAT 28-02-2026"))
    expect(shown.nth(1)).to_contain_text(re.compile(r"Ayam.*cukup 1,2 hari \(1–2\).*Pesan 40,00 kg"))
    expect(shown.nth(2)).to_contain_text(re.compile("Beras.*412,50 kg"))
    expect(page.get_by_role("link", name="Stok 2")).to_be_visible()


def test_a_delivery_is_weighed_in_with_four_taps(page: Page, full: FakeGateway) -> None:
    page.get_by_role("button", name="Terima", exact=True).click()
    page.get_by_role("group", name="Bahan").get_by_role("button", name="Beras").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    begun = {"purpose": "receive", "item": "rice", "scale": "bench-1", "who": "siti"}
    assert said(full) == [("weigh_open", begun)]

    loads = [load("25.00", ago=60), load("24.90")]
    full.send(
        "change",
        benches=[bench("bench-1", "next", "49.90", session="w-1")],
        sessions=[session("w-1", "receive", "rice", RICE, *loads)],
    )
    scale = page.locator('[data-bench="bench-1"]')
    expect(scale).to_contain_text(re.compile("49,90 kg.*Terima · Beras — jumlah 49,90 kg"))
    scale.get_by_role("button", name="Selesai").click()
    full.send("change", sessions=[session("w-1", "receive", "rice", RICE, *loads, state="closed")])
    expect(scale.get_by_role("button", name="Selesai")).to_be_hidden()
    assert said(full)[1:] == [("weigh_close", {"session": "w-1", "who": "siti"})]


@pytest.mark.parametrize(
    ("purpose", "taps", "order"),
    [
        ("Keluarkan", ["Beras"], {"purpose": "issue"}),
        ("Buang", ["Beras", "Rusak"], {"purpose": "waste", "reason": "spoiled"}),
        ("Hitung", ["Beras"], {"purpose": "count"}),
    ],
)
def test_what_is_issued_thrown_away_or_counted_is_weighed_after_four_taps(
    purpose: str, taps: list[str], order: dict[str, str], page: Page, full: FakeGateway
) -> None:
    page.get_by_role("button", name=purpose, exact=True).click()
    for name in taps:
        page.get_by_role("dialog").get_by_role("button", name=name).first.click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert said(full) == [("weigh_open", order | {"item": "rice", "scale": "bench-1", "who": "siti"})]


def test_with_a_broken_scale_it_is_typed_and_a_warm_delivery_is_a_question(page: Page, full: FakeGateway) -> None:
    warm = "the core has 9 °C, the limit is 5 °C"
    full.answer = lambda args: {"id": "w-2"} if "decision" in args else ("too_warm", warm)
    page.get_by_role("button", name="Terima", exact=True).click()
    page.get_by_role("group", name="Bahan").get_by_role("button", name="Ayam").click()
    page.get_by_role("group", name="Ditimbang di mana?").get_by_role("button", name="Ketik").click()
    for key in ("1", "2", ",", "5"):
        page.locator(".keypad").get_by_role("button", name=key, exact=True).click()
    page.get_by_label("Suhu inti").fill("9")
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("status").last).to_contain_text("suhu inti melewati batas")

    expect(page.get_by_role("button", name="Siti Rahayu")).to_be_disabled()
    page.get_by_role("button", name="Kembalikan").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    typed = {"purpose": "receive", "item": "chicken", "quantity": "12.5", "temperature": 9, "who": "siti"}
    assert said(full) == [("stock_entry", typed), ("stock_entry", typed | {"decision": "rejected"})]


def test_a_scanned_code_opens_the_receipt_with_item_lot_and_date(page: Page, full: FakeGateway) -> None:
    full.answer = lambda _: {"item": "milk", "gtin": "08991234567890", "number": "A-42", "expires_on": "2026-03-12"}
    expect(page.locator(".stock-item").first).to_be_visible()
    scan(page, "0108991234567890172603121042")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Terima · Susu")
    expect(dialog.get_by_label("Baik sampai tanggal")).to_have_value("2026-03-12")
    full.answer = lambda _: {"id": "w-3"}
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(dialog).to_be_hidden()
    name, args = said(full)[-1]
    assert (name, args["item"], args["number"], args["expires_on"]) == ("weigh_open", "milk", "A-42", "2026-03-12")


def test_a_code_that_nobody_knows_is_asked_once_and_then_received(page: Page, full: FakeGateway) -> None:
    nobody = {"item": None, "gtin": "08991234567890", "number": "A-42", "expires_on": "2026-03-12"}
    full.answer = lambda _: nobody
    expect(page.locator(".stock-item").first).to_be_visible()
    scan(page, "0108991234567890172603121042")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Kode baru: bahan apa?")
    full.answer = lambda _: nobody | {"item": "milk"}
    dialog.get_by_role("button", name="Susu").click()
    dialog.get_by_role("button", name="Siti Rahayu").click()
    expect(dialog).to_contain_text("Terima · Susu")
    expect(dialog.get_by_label("Baik sampai tanggal")).to_have_value("2026-03-12")
    assert said(full)[-1] == (
        "stock_barcode",
        {"code": "0108991234567890172603121042", "item": "milk", "who": "siti"},
    )


def test_what_was_used_beyond_the_recipes_is_told_by_week_and_item(page: Page) -> None:
    row = {"item": "rice", "week": "2026-W10", "expected": "24", "weighed": "24.600", "without_recipe": "0"}
    lost = {"wasted": "0.300", "adjusted": "0", "unexplained": "0.900", "share": 0.0375}
    page.route("**/api/stock/shrinkage?*", lambda route: route.fulfill(json={"rows": [row | lost]}))
    page.get_by_role("button", name="Pemakaian & resep").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Minggu 10, 2026")
    expect(dialog.get_by_role("row").nth(1)).to_have_text("Beras24 kg24,600 kg0,300 kg+0,900 kg (+4 %)")


def test_a_wrong_movement_is_taken_back_by_whoever_says_so(page: Page, full: FakeGateway) -> None:
    page.locator("#movements").get_by_role("button", name="Batalkan").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert said(full) == [("stock_reverse", {"movement": "m-1", "who": "siti"})]
