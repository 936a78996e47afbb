"""The page's files, read once at start, compressed once, answered from memory with an entity tag."""

import gzip
import hashlib
import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from fastapi import Request, Response

from gateway.messages import LANGUAGES, words_of_kinds

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


def words() -> dict[str, Asset]:
    """The words of the page and of the gateway's kinds of control, by file name: one file a language."""
    return {f"{language}.json": _sent(json.dumps(words_in(language)).encode(), TYPES["json"]) for language in LANGUAGES}


def words_in(language: str) -> dict[str, str]:
    """The words that the page is sent in a language."""
    own: dict[str, str] = json.loads((files("api") / "messages" / f"{language}.json").read_text("utf-8"))
    return own | words_of_kinds(language)


def _asset(entry: Traversable) -> Asset:
    return _sent(entry.read_bytes(), TYPES[_suffix(entry)])


def _sent(body: bytes, type_: str) -> Asset:
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Asset(body, gzip.compress(body, mtime=0), tag, type_)


def _suffix(entry: Traversable) -> str:
    return entry.name.rpartition(".")[2]
