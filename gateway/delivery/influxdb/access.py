"""Where an InfluxDB is and how one gets in; the one place that knows the secrets, and how to keep them out of texts."""

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import quote, quote_plus

import msgspec
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from gateway.config import ConfigError, read_secret

IN_ADDRESS = re.compile(
    r"(//)[^/\s@]*(?=@)|([?&](?:u|p|username|password|token|access_token)=)[^&\s\"']*", re.IGNORECASE
)
"""What in an address may be a secret."""
SHORTEST_HIDDEN = 4
"""Characters: a shorter password is no secret, and hiding it would eat the words around it."""


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


class SecretMissingError(Exception):
    """A password or token is named in the settings but cannot be read."""


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


def forms_of(credentials: str) -> tuple[str, ...]:
    """An Authorization header's secret in every form in which somebody might repeat it, the longest first."""
    _, _, sent = credentials.partition(" ")
    forms = {sent, quote(sent, safe=""), quote_plus(sent), sent.encode("latin-1").decode(errors="replace")}
    if credentials.startswith("Basic "):
        both = base64.b64decode(sent).decode()
        password = both.partition(":")[2]
        forms |= {both, password, quote(password, safe=""), quote_plus(password)}
    return tuple(sorted((form for form in forms if len(form) >= SHORTEST_HIDDEN), key=len, reverse=True))


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


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The words of others, as they may stand in a log: proxies are known to repeat what they were sent."""
    for one in secrets:
        text = text.replace(one, "…")
    return IN_ADDRESS.sub(lambda found: f"{found[1] or found[2]}…", text)


def without_secret(url: str) -> str:
    """The address as it may stand in a log."""
    try:
        return parse_url(url)._replace(auth=None, query=None, fragment=None).url.rstrip("/")
    except LocationParseError:
        return "the configured url"
