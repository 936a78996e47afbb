"""The board in a real browser: Debian's Chromium, driven by playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from brokers import need_program
from playwright.sync_api import Locator, Page, expect, sync_playwright

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE_MS = 15_000


@contextmanager
def board(address: str) -> Iterator[Page]:
    """The page, open on a tablet; a script that fails in it fails the test."""
    program = need_program("chromium")
    failures: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(address)
        yield page
        browser.close()
    assert failures == []


def tile(page: Page, point: str) -> Locator:
    """The tile of a point; its look is its attribute data-look."""
    return page.locator(f'[data-point="{point}"]')
