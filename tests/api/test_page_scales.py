"""Zero and tare from the card of a scale, in a real browser over a fake gateway: who told it, and what it answered."""

from collections.abc import Iterator

import pytest
from browser import board
from fake_gateway import NIGHT, FakeGateway, device, point, text
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.system
ANSWERED = 15_000.0  # ms: a scale that did not refuse within seven seconds has done it


@pytest.fixture
def page(gateway: FakeGateway, address: str) -> Iterator[Page]:
    gateway.snapshot["devices"].append(device("rice-scale", driver="mt-sics", port="/dev/ttyUSB1"))
    scale = point("rice", text("Timbangan beras"), 0.25, now=NIGHT, controls=[])
    gateway.snapshot["points"].append(scale | {"device": "rice-scale", "quantity": "weight", "unit": "kg"})
    gateway.snapshot["can_be_told"] = {"rice-scale": ["tare", "zero"]}
    gateway.stop()
    gateway.start()
    with board(address) as page:
        page.get_by_role("link", name="Alat").click()
        yield page


def test_a_scale_is_tared_by_a_person_and_the_card_says_what_came_of_it(page: Page, gateway: FakeGateway) -> None:
    gateway.answer = lambda args: {"device": args["device"], "command": "tare"}
    card = page.locator('[data-device="rice-scale"]')
    assert card.get_by_role("button", name="Tara").bounding_box()["height"] >= 48
    card.get_by_role("button", name="Tara").click()
    expect(page.locator("#sheet")).to_contain_text("tidak ikut dihitung")
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(card).to_contain_text("menunggu jawabannya")
    asked = gateway.commands[0]
    assert (asked["name"], asked["args"]) == ("tare", {"device": "rice-scale", "who": "siti"})
    expect(card).to_contain_text("Sudah. Timbangan sekarang menunjukkan 0,25", timeout=ANSWERED)


def test_what_a_scale_refuses_is_said_in_words(page: Page, gateway: FakeGateway) -> None:
    gateway.answer = lambda args: {"device": args["device"], "command": "zero"}
    card = page.locator('[data-device="rice-scale"]')
    card.get_by_role("button", name="Nolkan").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(card).to_contain_text("menunggu jawabannya")
    gateway.send(
        "change", troubles=[{"device": "rice-scale", "kind": "busy", "count": 1, "text": "it moves", "at": NIGHT}]
    )
    expect(card).to_contain_text("Timbangan tidak melakukannya:")


def test_a_scale_that_is_lost_is_said_at_once_and_what_is_no_scale_has_no_buttons(
    page: Page, gateway: FakeGateway
) -> None:
    gateway.answer = lambda _: ("not_allowed", "rice-scale cannot be reached now")
    page.locator('[data-device="rice-scale"]').get_by_role("button", name="Nolkan").click()
    page.get_by_role("button", name="Siti Rahayu").click()
    expect(page.locator("#sheet")).to_contain_text("cannot be reached now")
    expect(page.locator('[data-device="chiller-1-air"] button')).to_have_count(0)
