"""Batches of food on the page: how each stands, what to do about it, and what people say of it in two taps."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from browser import board
from fake_food import batch, measure, offer, plan, verdict
from fake_gateway import MINUTE, NIGHT, FakeGateway, text
from fake_stock import catalogue
from playwright.sync_api import Locator, Page, expect

from gateway.haccp.rules.verdict import Outcome
from gateway.monitoring.batches.batch import Proposal
from gateway.stock.catalogue_snapshot import SchoolNow

pytestmark = pytest.mark.system

Json = dict[str, Any]


@pytest.fixture
def kitchen(gateway: FakeGateway) -> FakeGateway:
    warm = measure(31.2, "Cel")
    gateway.snapshot["batches"] = [
        batch("20260303-01", "Nasi putih", "RUNNING"),
        batch("20260303-02", "Ayam rendang", "INFEASIBLE", verdicts=[verdict("cooling", "INFEASIBLE", ambient=warm)]),
        batch("20260303-03", "Sup", None, state="proposed", eat_by=None, offers=[offer(Proposal.COOK)]),
    ]
    return gateway


@pytest.fixture
def page(kitchen: FakeGateway, address: str) -> Iterator[Page]:
    with board(f"{address}/#food") as page:
        yield page


def card(page: Page, number: int) -> Locator:
    return page.locator(f'[data-batch="20260303-0{number}"]')


def said(gateway: FakeGateway) -> tuple[str, Json]:
    """The newest command."""
    return gateway.commands[-1]["name"], gateway.commands[-1]["args"]


def test_a_batch_says_how_it_stands_what_to_do_and_how_long_it_may_be_eaten(page: Page) -> None:
    expect(card(page, 1)).to_contain_text(re.compile("Sedang berjalan.*Makan sebelum 05.28 · 2 jam (9|10) mnt lagi"))
    expect(card(page, 1)).to_contain_text(re.compile("35 mnt di zona bahaya.*Bain-marie nasi: 67,8 °C"))
    expect(card(page, 2)).to_contain_text(re.compile("Tidak akan tercapai.*Pendinginan: pindahkan ke chiller"))
    expect(page.get_by_role("link", name="Makanan 2")).to_be_visible()
    card(page, 2).get_by_text("Rincian").click()
    expect(card(page, 2)).to_contain_text(
        re.compile("selesai masak · dari probe.*suhu ruang.*31,2 °C.*tidak akan pernah turun")
    )


def test_the_next_mark_takes_two_taps(page: Page, kitchen: FakeGateway) -> None:
    card(page, 1).get_by_role("button", name="Dikemas").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert said(kitchen) == ("batch_mark", {"batch": "20260303-01", "event": "packed", "who": "siti"})


def test_what_was_forgotten_is_marked_at_its_own_time(page: Page, kitchen: FakeGateway) -> None:
    card(page, 1).get_by_role("button", name="Dikemas").click()
    page.get_by_role("button", name="15 mnt lalu").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    at = datetime.fromisoformat(said(kitchen)[1]["at"])
    assert abs(at.timestamp() * 1_000_000 - (NIGHT - 15 * MINUTE)) < MINUTE


def test_what_leaves_for_a_school_is_booked_to_it(page: Page, kitchen: FakeGateway) -> None:
    schools = [SchoolNow(id="sdn-2", name=text("SDN 2"), portions=120)]
    kitchen.send("change", catalogue=catalogue(schools=schools))
    card(page, 1).get_by_role("button", name="Lainnya").click()
    page.get_by_role("button", name="Berangkat").click()
    page.get_by_role("button", name="SDN 2").click()
    page.get_by_label("Jumlah porsi").fill("120")
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    command, args = said(kitchen)
    assert (command, args["event"], args["school"], args["portions"]) == ("batch_mark", "departed", "sdn-2", 120)


def test_somebody_stands_for_the_limits(page: Page, kitchen: FakeGateway) -> None:
    kitchen.send("change", haccp=plan("h-1"))
    expect(page.locator("#plan")).to_contain_text("mbg-strict: bawaan, belum disetujui")
    page.get_by_role("button", name="Setujui batas").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert said(kitchen) == ("approve_plan", {"hash": "h-1", "who": "siti"})


def test_a_hand_thermometer_is_typed_with_its_name_and_its_persons(page: Page, kitchen: FakeGateway) -> None:
    kitchen.answer = lambda _: {}
    card(page, 2).get_by_role("button", name="Suhu tangan").click()
    for key in ("6", "2", ",", "5"):
        page.locator(".keypad").get_by_role("button", name=key, exact=True).click()
    expect(page.get_by_role("button", name="Budi Santoso")).to_be_disabled()
    page.get_by_label("Termometer yang mana?").fill("T-1")
    page.get_by_role("button", name="Budi Santoso").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    typed = {"batch": "20260303-02", "value": 62.5, "instrument": "T-1", "step": "core", "who": "budi"}
    assert said(kitchen) == ("typed_reading", typed)


def test_what_the_probe_proposes_is_accepted_in_two_taps(page: Page, kitchen: FakeGateway) -> None:
    card(page, 3).get_by_role("button", name="Ya, ini batch").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    accepted = {"batch": "20260303-03", "kind": "cook", "product": "Sup", "who": "siti"}
    assert said(kitchen) == ("batch_accept", accepted)


def test_a_hot_rinse_shows_how_hot_and_how_long_it_was_and_then_is_closed(page: Page, kitchen: FakeGateway) -> None:
    numbers = {"peak": measure(84.0, "°C", 77.0), "held_s": measure(85.8, "s", 0.0, Outcome.PASS)}
    rinse = {"controls": ["rinse"], "verdicts": [verdict("rinse", "PASS", **numbers)], "eat_by": None, "marks": []}
    kitchen.send("change", batches=[batch("20260303-01", "Bilas panas", "PASS", **rinse)])
    card(page, 1).get_by_text("Rincian").click()
    expect(card(page, 1)).to_contain_text(
        re.compile(r"Bilas panas: Aman.*suhu tertinggi84,0 °C \(min. 77,0 °C\)ditahan selama1 mnt\D")
    )
    card(page, 1).get_by_role("button", name="Tutup batch").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert said(kitchen) == ("batch_close", {"batch": "20260303-01", "who": "siti"})


def test_a_retained_sample_shows_how_long_it_is_kept_and_is_discarded_then(page: Page, kitchen: FakeGateway) -> None:
    numbers = {
        "minutes_beyond": measure(0.0, "min"),
        "breaches": measure(0, "1", None, Outcome.RUNNING),
        "max": measure(4.0, "°C", 5.0),
        "kept_min": measure(47.5 * 60, "min", 72 * 60, Outcome.RUNNING),
    }
    kept = {"controls": ["sample_fridge"], "verdicts": [verdict("sample_fridge", "RUNNING", **numbers)], "marks": []}
    kitchen.send("change", batches=[batch("20260303-01", "Nasi ayam", "RUNNING", eat_by=None, **kept)])
    card(page, 1).get_by_text("Rincian").click()
    told = r"kali di luar batas0tertinggi4,0 °C \(batas 5,0 °C\)disimpan47 jam \(min. 72 jam\)"
    expect(card(page, 1)).to_contain_text(re.compile(told))
    card(page, 1).get_by_role("button", name="Dibuang").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert said(kitchen)[1]["event"] == "discarded"


def test_a_rinse_or_a_sample_is_begun_like_a_batch_of_food(page: Page, kitchen: FakeGateway) -> None:
    for kept, product in (("Bilas panas", None), ("Sampel simpanan", "Nasi ayam")):
        page.get_by_role("button", name="Mulai batch").click()
        page.get_by_role("button", name=kept).click()
        if product is not None:
            page.get_by_label("Masakan").fill(product)
        page.get_by_role("button", name="Chiller 1").click()
        page.get_by_role("button", name="Siti Rahayu").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        control = "rinse" if product is None else "sample_fridge"
        begun = {"product": product or "Bilas panas", "point": "chiller-1-air", "controls": [control], "who": "siti"}
        assert said(kitchen) == ("batch_open", begun)
