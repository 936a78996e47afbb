"""Read the credentials of an InfluxDB, and remove them from texts. No other module handles secrets."""

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
"""The parts of an address that may be a secret."""
SHORTEST_HIDDEN = 4
"""Characters: a shorter password is no secret, and removing it would damage the words around it."""


class InfluxSettings(Protocol):
    """The section `delivery.influxdb` of kitchen.yaml. It refers to secrets, but never contains them."""

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
    """Carry such settings to another process, which reads the secrets itself."""

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
        """Return the settings as JSON values; file names are absolute, for a process with another working folder."""
        values = {name: getattr(settings, name) for name in cls.__struct_fields__}
        return {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in values.items()}

    @classmethod
    def unpack(cls, packed: dict[str, object]) -> Self:
        """Return the settings that `pack` made JSON values of."""
        return msgspec.convert(packed, cls, dec_hook=lambda kind, text: kind(text))


class SecretMissingError(Exception):
    """The settings refer to a password or token that cannot be read."""


def authorization(settings: InfluxSettings) -> str | None:
    """Return the Authorization header; None where the settings name no secret.

    Raises:
        SecretMissingError: a secret that they name cannot be read.
    """
    if settings.api == "v1":
        password = secret("password", settings.password_env, settings.password_file)
        if settings.username is None or password is None:
            return None
        return "Basic " + base64.b64encode(f"{settings.username}:{password}".encode()).decode()
    token = secret("token", settings.token_env, settings.token_file)
    # http.client encodes a header as Latin-1; a token that is not ASCII is sent as it is and refused like a wrong one.
    return None if token is None else f"Token {token}".encode().decode("latin-1")


def forms_of(credentials: str) -> tuple[str, ...]:
    """Return the secret of an Authorization header in every form in which an answer may repeat it, longest first."""
    _, _, sent = credentials.partition(" ")
    forms = {sent, quote(sent, safe=""), quote_plus(sent), sent.encode("latin-1").decode(errors="replace")}
    if credentials.startswith("Basic "):
        both = base64.b64decode(sent).decode()
        password = both.partition(":")[2]
        forms |= {both, password, quote(password, safe=""), quote_plus(password)}
    return tuple(sorted((form for form in forms if len(form) >= SHORTEST_HIDDEN), key=len, reverse=True))


def secret(what: str, variable: str | None, path: Path | None) -> str | None:
    """Read a secret from the environment or a file; return None where neither is named.

    Raises:
        SecretMissingError: it is named, but cannot be read, is empty or not printable.
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
    """Remove secrets from a server's answer before it is logged: some proxies repeat what they were sent."""
    for form in secrets:
        text = text.replace(form, "…")
    return IN_ADDRESS.sub(lambda match: f"{match[1] or match[2]}…", text)


def without_secret(url: str) -> str:
    """Remove user, password and query from an address before it is logged."""
    try:
        return parse_url(url)._replace(auth=None, query=None, fragment=None).url.rstrip("/")
    except LocationParseError:
        return "the configured url"
