"""What every answer carries and what no request may do; plain ASGI, so that streams pass through untouched.

The API has no users yet. What protects it until then: it listens on 127.0.0.1, a page of another site cannot reach
it by a name of its own (DNS rebinding: the Host must be an address or a name that we know), cannot post to it
(Origin must be the Host), cannot frame it, and our page loads nothing from anywhere else.
"""

import ipaddress
from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_CACHE = (b"cache-control", b"no-store")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Security:
    """Refuses foreign hosts and origins; adds the headers."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts) | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            await answer(HTTPStatus.FORBIDDEN, "foreign_request", refusal)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                cached = any(name == b"cache-control" for name, _ in message["headers"])
                message["headers"] = [*message["headers"], *HEADERS, *(() if cached else (_CACHE,))]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if not self._known(host):
            return f"This kitchen is not called {host}; open it by address, or start the API with --allow-host."
        origin = headers.get("origin")
        if method not in _READS and origin is not None and origin.partition("://")[2] != host:
            return f"A page of {origin} may not change anything here."
        return None

    def _known(self, host: str) -> bool:
        name = _without_port(host).lower()
        return name in self._hosts or _is_address(name)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
