"""One InfluxDB over HTTP: writes line protocol, says which server answers. It judges nothing.

    both GET  /query?db=…&q=SELECT …                    as for writing
    v1   POST /write?db=…&precision=ns                  Basic user:password      InfluxDB 1.x
    v2   POST /api/v2/write?bucket=…&org=…&precision=ns Token …                  1.8, 2.x, 3, VictoriaMetrics

Sources: InfluxDB OSS v1 and v2 documentation, "InfluxDB API reference"; `services/httpd/handler.go` at v1.8.10.
"""

import base64
import gzip
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from gateway.config import ConfigError, read_secret
from gateway.delivery.decision import Answer

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


class InfluxSettings(Protocol):
    """`delivery.influxdb` of kitchen.yaml. Secrets are named there, never written there."""

    @property
    def api(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def database(self) -> str | None: ...
    @property
    def bucket(self) -> str | None: ...
    @property
    def org(self) -> str | None: ...
    @property
    def username(self) -> str | None: ...
    @property
    def password_env(self) -> str | None: ...
    @property
    def password_file(self) -> Path | None: ...
    @property
    def token_env(self) -> str | None: ...
    @property
    def token_file(self) -> Path | None: ...


class Access(msgspec.Struct, frozen=True):
    """Such settings on their way to another process; that reads the secrets itself."""

    api: str
    url: str
    database: str | None = None
    bucket: str | None = None
    org: str | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    token_env: str | None = None
    token_file: Path | None = None

    @classmethod
    def pack(cls, settings: InfluxSettings) -> dict[str, object]:
        """As JSON takes it; file names are absolute, for a process with another working folder."""
        packed = {name: getattr(settings, name) for name in cls.__struct_fields__}
        return {name: str(each.absolute()) if isinstance(each, Path) else each for name, each in packed.items()}

    @classmethod
    def unpack(cls, packed: dict[str, object]) -> Self:
        return msgspec.convert(packed, cls, dec_hook=lambda kind, text: kind(text))


class Server(Protocol):
    """The port: what a sink needs of a server. No method but `greet` raises for what the network or the server does."""

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


class SecretMissingError(Exception):
    """A password or token is named in the settings but cannot be read."""


class _Refusal(msgspec.Struct):
    """The body of an error: 1.x calls it error, 2.x message."""

    error: str = ""
    message: str = ""


class InfluxServer:
    """The real one. Keeps one connection; of use to one thread."""

    def __init__(self, settings: InfluxSettings) -> None:
        self._settings = settings
        self._headers: dict[str, str] = {}
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
        self._headers = {"Authorization": credentials} if (credentials := authorization(self._settings)) else {}

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
            return Answer(None, str(error)[:TEXT_LIMIT])
        return Answer(response.status, refusal(response.data), retry_after(response.headers))

    def select(self, influxql: str, /) -> tuple[Answer, bytes]:
        url = self._settings.url.rstrip("/") + query_path(self._settings, influxql)
        try:
            response = self._pool.request("GET", url, headers=self._headers, redirect=False, timeout=QUERY_TIMEOUT)
        except HTTPError as error:
            return Answer(None, str(error)[:TEXT_LIMIT]), b""
        return Answer(response.status, refusal(response.data)), response.data

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


def authorization(settings: InfluxSettings) -> str | None:
    """The Authorization header, None where the settings name no secret.

    Raises:
        SecretMissingError: a secret that they name cannot be read.
    """
    if settings.api == "v1":
        password = secret("password", settings.password_env, settings.password_file)
        if settings.username is None or password is None:
            return None
        return "Basic " + base64.b64encode(f"{settings.username}:{password}".encode()).decode()
    token = secret("token", settings.token_env, settings.token_file)
    # A header is Latin-1 to http.client; a token that is not ASCII goes out as it is and is refused like any wrong one.
    return None if token is None else f"Token {token}".encode().decode("latin-1")


def secret(what: str, variable: str | None, path: Path | None) -> str | None:
    """The secret that the environment or a file holds, None where neither is named.

    Raises:
        SecretMissingError: it is named, but cannot be read, is empty or no secret.
    """
    where = f"delivery.influxdb.{what}_env ({variable})" if variable else f"delivery.influxdb.{what}_file ({path})"
    try:
        value = read_secret(env=variable, file=path)
    except ConfigError as error:
        problem = error.problems[0]
        raise SecretMissingError(f"{where}: {problem.what}; {problem.remedy}") from None
    if value is not None and not (value and value.isprintable()):
        raise SecretMissingError(f"{where} holds no {what}: put it there, alone on one line")
    return value


def without_secret(url: str) -> str:
    """The address as it may stand in a log."""
    try:
        return parse_url(url)._replace(auth=None, query=None, fragment=None).url.rstrip("/")
    except LocationParseError:
        return "the configured url"


def refusal(body: bytes) -> str:
    """The server's words out of the body of an error, on one line."""
    try:
        parsed = msgspec.json.decode(body, type=_Refusal)
        text = parsed.error or parsed.message
    except msgspec.DecodeError:
        text = body.decode(errors="replace")
    return " ".join(text.split())[:TEXT_LIMIT]


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
