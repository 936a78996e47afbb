"""One InfluxDB over HTTP: writes line protocol, says which server answers. It judges nothing.

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
from gateway.delivery.influxdb.decision import Answer

CONNECT_TIMEOUT = 5.0
"""Seconds: three tries of TCP on a bad kitchen line."""
ANSWER_TIMEOUT = 30.0
"""Seconds between two pieces of an answer: InfluxDB itself gives a write 10 s."""
GZIP_LEVEL = 1
"""Line protocol is repetitive: level 1 leaves a tenth of it, level 9 costs four times the time for a little less."""
QUERY_TIMEOUT = 5.0
"""Seconds: what waits for a query is more important than its answer."""
TEXT_LIMIT = 300
"""Characters of a server's answer that are kept: 1.x repeats every line that it refuses."""


class Server(Protocol):
    """The port: what a sink needs of a server. No method raises for what the network or the server does."""

    @property
    def name(self) -> str:
        """The address, without any secret."""

    def greet(self) -> str:
        """Read the secrets anew and say who answers: one word and a version, or that nobody does.

        Raises:
            SecretMissingError: the settings name a secret that is not there.
        """

    def write(self, lines: str) -> Answer:
        """Send lines of line protocol, all or in part stored as the answer says."""

    def select(self, influxql: str, /) -> tuple[Answer, bytes]:
        """Ask one InfluxQL SELECT, times in nanoseconds; the answer and its body, empty when none came."""

    def close(self) -> None:
        """Let go of the connection."""


class _Refusal(msgspec.Struct):
    """The body of an error: 1.x calls it error, 2.x message."""

    error: str = ""
    message: str = ""


class InfluxServer:
    """The real one. Keeps one connection; of use to one thread."""

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
        """Read the secrets anew.

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

    def write(self, lines: str) -> Answer:
        body = gzip.compress(lines.encode(), GZIP_LEVEL, mtime=0)
        headers = self._headers | {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        try:
            response = self._pool.request("POST", self._write_url, body=body, headers=headers, redirect=False)
        except HTTPError as error:
            return Answer(None, self._told(str(error)))
        return Answer(response.status, self._told(refusal(response.data)), retry_after(response.headers))

    def select(self, influxql: str, /) -> tuple[Answer, bytes]:
        url = self._settings.url.rstrip("/") + query_path(self._settings, influxql)
        try:
            response = self._pool.request("GET", url, headers=self._headers, redirect=False, timeout=QUERY_TIMEOUT)
        except HTTPError as error:
            return Answer(None, self._told(str(error))), b""
        # What was asked for goes into no log, and may be long.
        words = "" if response.status == 200 else self._told(refusal(response.data))
        return Answer(response.status, words), response.data

    def _told(self, text: str) -> str:
        return hidden(text, self._secrets)[:TEXT_LIMIT]

    def close(self) -> None:
        self._pool.clear()


def write_path(settings: InfluxSettings) -> str:
    """Path and query of a write in the settings' dialect."""
    if settings.api == "v1":
        return "/write?" + urlencode({"db": settings.database or "", "precision": "ns"})
    query = {"bucket": settings.bucket or "", "org": settings.org or "", "precision": "ns"}
    return "/api/v2/write?" + urlencode({key: value for key, value in query.items() if value})


def query_path(settings: InfluxSettings, influxql: str) -> str:
    """Path and query of an InfluxQL query; a bucket `mbg/autogen` is database and retention policy (dbrp, v2.7.12)."""
    target = settings.database if settings.api == "v1" else settings.bucket
    database, _, policy = (target or "", "", "") if settings.api == "v1" else (target or "").partition("/")
    query = {"db": database, "rp": policy, "epoch": "ns", "q": influxql}
    return "/query?" + urlencode({key: value for key, value in query.items() if value})


def refusal(body: bytes) -> str:
    """The server's words out of the body of an error, on one line."""
    try:
        parsed = msgspec.json.decode(body, type=_Refusal)
        text = parsed.error or parsed.message
    except msgspec.DecodeError:
        text = body.decode(errors="replace")
    return " ".join(text.split())


def retry_after(headers: "urllib3.HTTPHeaderDict") -> float | None:
    """Seconds that the server asks us to stay away (RFC 9110 section 10.2.3); a date is counted by its own clock."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
