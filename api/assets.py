"""The page's files, read once at start, compressed once, answered from memory with an entity tag."""

import gzip
import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from fastapi import Request, Response

TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
}
_ALWAYS_ASK = "no-cache"  # after an update the tablet must not run yesterday's page; a 304 costs nothing


class Asset(NamedTuple):
    """One file as it is sent."""

    body: bytes
    zipped: bytes
    tag: str
    type: str

    def answer(self, request: Request) -> Response:
        """The file, or that the browser has it already."""
        headers = {"etag": self.tag, "cache-control": _ALWAYS_ASK, "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.zipped, headers=headers | {"content-encoding": "gzip"}, media_type=self.type)
        return Response(self.body, headers=headers, media_type=self.type)


def folder(name: str) -> dict[str, Asset]:
    """The files of a folder of this package, by file name."""
    return {entry.name: _asset(entry) for entry in (files("api") / name).iterdir() if _suffix(entry) in TYPES}


def _asset(entry: Traversable) -> Asset:
    body = entry.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Asset(body, gzip.compress(body, mtime=0), tag, TYPES[_suffix(entry)])


def _suffix(entry: Traversable) -> str:
    return entry.name.rpartition(".")[2]
