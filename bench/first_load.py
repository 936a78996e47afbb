"""Measure what a browser loads when it opens the page for the first time: bytes over the network, and from which hosts.

    PYTHONPATH=.:tests python -m bench.first_load

Debian's Chromium with gateway and API for 200 points. Files and texts are counted; answers with live values are not,
since they grow with the kitchen.
"""

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, sync_playwright

from bench.figures import at_most, figure
from bench.rig import Gateway, begin, kitchen, serving
from tests.brokers import mosquitto, need_program
from tests.browser import ARGUMENTS

MOST = 80.0
LIVE = ("/api/stream", "/api/points/", "/api/readings", "/api/alarms")


def first_load(page: Page, address: str) -> list[Request]:
    """Return all requests until each point has its tile and nothing more is loaded."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.on("request", note)
    page.goto(address)
    page.locator("[data-point]").first.wait_for()
    page.wait_for_timeout(1_000)
    return requests


def is_file(request: Request) -> bool:
    return not urlsplit(request.url).path.startswith(LIVE)


def main() -> None:
    begin("Chromium, nothing cached")
    with (
        tempfile.TemporaryDirectory() as temporary,
        mosquitto((folder := Path(temporary)) / "broker") as broker,
        Gateway(folder, kitchen(broker.port)) as gateway,
        serving(gateway.data, folder / "api.log") as (_, port),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=need_program("chromium"), args=[*ARGUMENTS])
        requests = first_load(browser.new_page(), f"http://127.0.0.1:{port}/")
        hosts = {urlsplit(request.url).netloc for request in requests}
        files = [request for request in requests if is_file(request)]
        travelled = sum(request.sizes()["responseBodySize"] for request in files)
        plain = sum(len(answer.body()) for request in files if (answer := request.response()))
        browser.close()
    beside = f"{len(files)} files, unpacked {plain / 1_000:.0f} kB"
    at_most("first load of the page, gzip", travelled / 1_000, MOST, "kB", beside)
    foreign = hosts - {f"127.0.0.1:{port}"}
    figure("foreign hosts that the page asks", f"{len(foreign)}", "0", reached=not foreign, beside=", ".join(foreign))


if __name__ == "__main__":
    main()
