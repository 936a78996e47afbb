"""Talk to one InfluxDB over HTTP: write line protocol, send a SELECT, ask for its version. It decides nothing.

    both GET  /query?db=…&q=SELECT …                    as for writing
    v1   POST /write?db=…&precision=ns                  Basic user:password      InfluxDB 1.x
    v2   POST /api/v2/write?bucket=…&org=…&precision=ns Token …                  1.8, 2.x, 3, VictoriaMetrics

Sources: InfluxDB OSS v1 and v2 documentation, "InfluxDB API reference"; `services/httpd/handler.go` at v1.8.10.
"""

import gzip
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from gateway.delivery.influxdb.access import InfluxSettings, authorization, forms_of, hidden, without_secret
from gateway.delivery.influxdb.decision import ServerAnswer

CONNECT_TIMEOUT = 5.0
"""Seconds: three attempts of TCP on a bad kitchen line."""
ANSWER_TIMEOUT = 30.0
"""Seconds between two pieces of an answer: InfluxDB itself gives a write 10 s."""
GZIP_LEVEL = 1
"""Line protocol is repetitive: level 1 leaves a tenth of it, level 9 costs four times the time for a little less."""
QUERY_TIMEOUT = 5.0
"""Seconds: the readings that wait meanwhile are more important than the answer."""
TEXT_LIMIT = 300
"""Characters of a server's answer that are kept: 1.x repeats every line that it refuses."""


class SinkServer(Protocol):
    """The server as a sink uses it. No method raises for failures of the network or the server."""

    @property
    def name(self) -> str:
        """The address, without any secret."""

    def greet(self) -> str:
        """Read the secrets again and return name and version of the server, or that nobody answers.

        Raises:
            SecretMissingError: the settings name a secret that is not there.
        """

    def write(self, lines: str) -> ServerAnswer:
        """Write lines of line protocol; the answer tells whether all, some or none are stored."""

    def select(self, influxql: str, /) -> tuple[ServerAnswer, bytes]:
        """Send one InfluxQL SELECT, times in nanoseconds; return the answer and its body, empty when none arrived."""

    def close(self) -> None:
        """Close the connection."""


class _Refusal(msgspec.Struct):
    """The body of an error: 1.x calls it error, 2.x message."""

    error: str = ""
    message: str = ""


class InfluxServer:
    """An InfluxDB over HTTP. Uses one connection, from one thread."""

    def __init__(self, settings: InfluxSettings) -> None:
        self._settings = settings
        self._headers: dict[str, str] = {}
        self._secrets: tuple[str, ...] = ()
        self._write_url = settings.url.rstrip("/") + write_path(settings)
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=1,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=ANSWER_TIMEOUT),
            retries=False,
        )

    @property
    def name(self) -> str:
        return without_secret(self._settings.url)

    def authenticate(self) -> None:
        """Read the secrets again.

        Raises:
            SecretMissingError: the settings name a secret that is not there.
        """
        credentials = authorization(self._settings)
        self._headers = {"Authorization": credentials} if credentials else {}
        self._secrets = forms_of(credentials) if credentials else ()

    def greet(self) -> str:
        self.authenticate()
        try:
            response = self._pool.request("GET", self._settings.url.rstrip("/") + "/ping", redirect=False)
        except HTTPError:
            return "nobody"
        version = response.headers.get("X-Influxdb-Version")
        return f"InfluxDB {version}" if version else "a server that tells no version"

    def write(self, lines: str) -> ServerAnswer:
        body = gzip.compress(lines.encode(), GZIP_LEVEL, mtime=0)
        headers = self._headers | {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        try:
            response = self._pool.request("POST", self._write_url, body=body, headers=headers, redirect=False)
        except HTTPError as error:
            return ServerAnswer(None, self._redacted(str(error)))
        return ServerAnswer(response.status, self._redacted(refusal(response.data)), retry_after(response.headers))

    def select(self, influxql: str, /) -> tuple[ServerAnswer, bytes]:
        url = self._settings.url.rstrip("/") + query_path(self._settings, influxql)
        try:
            response = self._pool.request("GET", url, headers=self._headers, redirect=False, timeout=QUERY_TIMEOUT)
        except HTTPError as error:
            return ServerAnswer(None, self._redacted(str(error))), b""
        # The data of a successful query is never logged, and may be long.
        text = "" if response.status == 200 else self._redacted(refusal(response.data))
        return ServerAnswer(response.status, text), response.data

    def _redacted(self, text: str) -> str:
        return hidden(text, self._secrets)[:TEXT_LIMIT]

    def close(self) -> None:
        self._pool.clear()


def write_path(settings: InfluxSettings) -> str:
    """Return path and query of a write, for v1 or v2."""
    if settings.api == "v1":
        return "/write?" + urlencode({"db": settings.database or "", "precision": "ns"})
    query = {"bucket": settings.bucket or "", "org": settings.org or "", "precision": "ns"}
    return "/api/v2/write?" + urlencode({key: value for key, value in query.items() if value})


def query_path(settings: InfluxSettings, influxql: str) -> str:
    """Return path and query of a SELECT; a bucket `mbg/autogen` is database and retention policy (dbrp, v2.7.12)."""
    target = settings.database if settings.api == "v1" else settings.bucket
    database, _, policy = (target or "", "", "") if settings.api == "v1" else (target or "").partition("/")
    query = {"db": database, "rp": policy, "epoch": "ns", "q": influxql}
    return "/query?" + urlencode({key: value for key, value in query.items() if value})


def refusal(body: bytes) -> str:
    """Return the server's message from the body of an error, on one line."""
    try:
        parsed = msgspec.json.decode(body, type=_Refusal)
        text = parsed.error or parsed.message
    except msgspec.DecodeError:
        text = body.decode(errors="replace")
    return " ".join(text.split())


def retry_after(headers: "urllib3.HTTPHeaderDict") -> float | None:
    """Return the seconds of `Retry-After` (RFC 9110 section 10.2.3); a date is compared with the server's own clock."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
