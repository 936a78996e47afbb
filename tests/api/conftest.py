"""A fake gateway, and the API that listens to it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fake_gateway import FakeGateway, kitchen
from served import PATIENCE, serving, until


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[FakeGateway]:
    fake = FakeGateway(tmp_path / "control.sock", kitchen())
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def address(tmp_path: Path, gateway: FakeGateway) -> Iterator[str]:
    """The API, once it has heard the gateway."""
    with serving(tmp_path) as url:
        until(lambda: httpx.get(f"{url}/api/health").json()["gateway"]["connected"], "the gateway is heard")
        yield url


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=PATIENCE) as http:
        yield http
