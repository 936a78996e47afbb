"""Puts the API together: one live state, one way to the gateway, one reader of the journal, the resources over them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fastapi import FastAPI

from api import errors, openapi
from api.history.journal import JournalReader
from api.history.old_history import History
from api.history.past import Past
from api.live.board import Live
from api.live.gateway_client import GatewayClient
from api.live.hub import Hub
from api.routes import (
    alarms,
    batches,
    commands,
    coverage,
    devices,
    health,
    kitchen,
    page,
    points,
    probes,
    readings,
    stock,
    stock_books,
    stock_trace,
    stream,
)
from api.security import Security

HEARTBEAT = 1.0  # s: a page that hears nothing for five of them turns grey


class Board:
    """What one API process is made of. `hub` is closed before the server waits for its connections."""

    def __init__(self, data: Path, *, hosts: Iterable[str] = ()) -> None:
        self.live = Live(time.monotonic)
        self.hub = Hub(self.live)
        self.gateway = GatewayClient(data / "control.sock", live=self.live, hub=self.hub)
        self.journal = JournalReader(data / "journal.db")
        self.app = self._build(hosts)

    def _build(self, hosts: Iterable[str]) -> FastAPI:
        app = FastAPI(
            title="mbg-gateway",
            version=_version(),
            openapi_url="/api/openapi.json",
            docs_url=None,  # both would load scripts from a foreign host
            redoc_url=None,
            lifespan=self._lifespan,
        )
        errors.install(app)
        app.add_middleware(Security, hosts=hosts)
        routers = (
            health.router(self.live, self.journal, self.hub),
            kitchen.router(self.live),
            readings.router(self.live),
            points.router(self.live, self.journal, Past(self.journal, History(self.live))),
            probes.router(self.live, self.journal),
            coverage.router(self.live, self.journal),
            alarms.router(self.live, self.journal),
            stock.router(self.live, self.journal),
            stock_books.router(self.live, self.journal),
            stock_trace.router(self.live, self.journal),
            batches.router(self.live, self.journal),
            devices.router(self.live),
            commands.router(self.gateway),
            stream.router(self.hub),
            page.router(),
        )
        for router in routers:
            app.include_router(router)
        app.openapi = partial(openapi.document, app, routers)  # type: ignore[method-assign]
        return app

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.gateway.watch()), asyncio.create_task(self._beat())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            self.hub.publish("heartbeat", self.live.pulse())


def _version() -> str:
    try:
        return version("mbg-gateway")
    except PackageNotFoundError:
        return "not installed"
