"""The folder that mosquitto reads its part of the kitchen from, and everything that is done to it.

    mbg.conf          for mosquitto's conf.d; written anew by every `init`
    access.acl        who may say and hear what; written once, then it belongs to whoever edits it
    passwords         mosquitto's password file
    ca.crt, ca.key    the kitchen's authority; devices need ca.crt
    server.crt, .key  the broker's
    revoked.crl       certificates of removed devices
    gateway.password  for the gateway; its kitchen.yaml names it
    devices/          certificates and keys made for devices

Each file appears whole or not at all, and with its final rights: a secret is never readable by others, not even for a
moment. What mosquitto must read belongs to its user when it is made by root.
"""

import os
import pwd
import re
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.mosquitto import passwords
from gateway.cli.mosquitto.certificates import (
    CERTIFICATE_LIVES,
    RENEW_BEFORE,
    Identity,
    issue_client,
    issue_server,
    make_authority,
    names_of,
    read_identity,
    revocation_list,
)

GATEWAY = "gateway"
SERVICES = ("homeassistant", "chirpstack")
"""Users with lines of their own in access.acl; they are no devices of kitchen.yaml."""
RESERVED = ("alarm", "application", "cmnd", "home", "mbg", "mbg-gateway", "shellies", "stat", "tele", "v3")
"""First levels of topics that belong to many: access.acl would give them whole to a user of that name."""
ALWAYS_NAMED = ("localhost", "127.0.0.1")
SHIPPED_FOLDER = "/etc/mosquitto/mbg"
BROKER_USER = "mosquitto"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LISTENER = re.compile(r"^listener ([0-9]+)", re.MULTILINE)
_SECRET, _PUBLIC, _PRIVATE_FOLDER = 0o600, 0o644, 0o700


class BrokerError(Exception):
    """What was asked for cannot be done; the text says why and what helps."""


class Ports(NamedTuple):
    """Where the broker listens; the shipped numbers."""

    local: int = 1883
    password: int = 8883
    certificate: int = 8884


class Made(NamedTuple):
    """A device's credentials. Exactly one of them is not None.

    Attributes:
        password: shown once; only its hash is kept.
        certificate: the file; its key lies beside it as .key.
    """

    password: str | None
    certificate: Path | None


class User(NamedTuple):
    """Somebody whom the broker lets in.

    Attributes:
        until: when the certificate runs out; None for one with a password.
    """

    name: str
    until: datetime | None


class BrokerFolder:
    """The files of one kitchen's broker. `now` is the time for certificates, aware."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.path = path.absolute()
        self._now = now
        self._broker_user = _broker_user()

    def init(self, names: Sequence[str], lives: timedelta = CERTIFICATE_LIVES, ports: Ports | None = None) -> list[str]:
        """Make what is not there yet, and the broker's certificate anew when its names or its end ask for it.

        Args:
            names: host names and addresses by which devices find the broker; none: those that it has.
            lives: how long a new broker's certificate is good.
            ports: others than those that it has; at first the shipped ones.

        Returns:
            The files written, none when all was in order.

        Raises:
            BrokerError: no names at all, or the folder is somebody else's.
            OSError: a file cannot be written.
        """
        names = self._all_names(names)
        self._claim()
        settings, written = self._settings(ports or self.ports), []
        if not self._file("mbg.conf").exists() or self._file("mbg.conf").read_bytes() != settings:
            written += self._write("mbg.conf", settings, _PUBLIC)
        if not self._file("ca.key").exists():
            written += self._make_authority(f"{names[0]} authority")
        if not self._file("access.acl").exists():
            written += self._write("access.acl", shipped("access.acl").encode(), _SECRET, broker=True)
        if not self._file("revoked.crl").exists():
            written += self._revoke([])
        return written + self._make_server(names, lives) + self._make_gateway()

    def add(self, name: str, *, certificate: bool = False) -> Made:
        """Make a user: a device, or one of SERVICES.

        Raises:
            BrokerError: the name cannot be one, or is taken; or there is no broker here yet.
        """
        self._need()
        self._check_name(name)
        if certificate:
            made = issue_client(self._authority(), name, self._now, CERTIFICATE_LIVES)
            self._file("devices").mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
            self._write(f"devices/{name}.key", made.key_pem, _SECRET)
            self._write(f"devices/{name}.crt", made.certificate_pem, _PUBLIC)
            return Made(None, self._file(f"devices/{name}.crt"))
        return Made(self._let_in(name), None)

    def remove(self, name: str) -> bool:
        """Let a user in no more. Returns True for one with a certificate: it stays in until the broker restarts.

        Raises:
            BrokerError: there is no such user, or it is the gateway.
        """
        self._need()
        if name not in {user.name for user in self.users()} or name == GATEWAY:
            raise BrokerError(f'there is no device "{name}" here; `mbg-gateway broker list` names them')
        if not self._file(f"devices/{name}.crt").exists():
            kept = passwords.without(self._read("passwords"), name)
            self._write("passwords", kept.encode(), _SECRET, broker=True)
            return False
        self._revoke([self._certificate(f"devices/{name}.crt").serial_number])
        self._file(f"devices/{name}.key").unlink(missing_ok=True)
        self._file(f"devices/{name}.crt").unlink()
        return True

    def users(self) -> list[User]:
        """Whom the broker lets in, the gateway first."""
        self._need()
        with_password = [User(name, None) for name in passwords.users(self._read("passwords"))]
        names = sorted(file.stem for file in self._file("devices").glob("*.crt"))
        return with_password + [
            User(name, self._certificate(f"devices/{name}.crt").not_valid_after_utc) for name in names
        ]

    @property
    def ports(self) -> Ports:
        """Where the broker listens by mbg.conf."""
        found = _LISTENER.findall(self._read("mbg.conf")) if self._file("mbg.conf").exists() else []
        return Ports(*map(int, found)) if len(found) == len(Ports()) else Ports()

    @property
    def names(self) -> list[str]:
        """What the broker's certificate is good for."""
        self._need()
        return names_of(self._certificate("server.crt"))

    @property
    def good_until(self) -> datetime:
        """When the broker's certificate runs out."""
        return self._certificate("server.crt").not_valid_after_utc

    def _claim(self) -> None:
        """Raises BrokerError for a folder with other things in it: they might have our files' names."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            # Whatever the umask of whoever runs this: mosquitto's user must get in.
            self.path.chmod(0o755)
        if any(self.path.iterdir()) and not self._file("mbg.conf").exists():
            raise BrokerError(f"{self.path} has other files in it: name an empty or a new folder")

    def _need(self) -> None:
        if not self._file("passwords").exists():
            raise BrokerError(f"{self.path} has no broker's files yet: run `mbg-gateway broker init` first")

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise BrokerError(f'"{name}" cannot be a name: use small letters, digits and "-", as in kitchen.yaml')
        if name in RESERVED:
            raise BrokerError(f'"{name}" is the beginning of topics that belong to many devices: choose another name')
        if name in {user.name for user in self.users()}:
            raise BrokerError(f'"{name}" is there already: remove-device first, if its password is lost')

    def _all_names(self, wanted: Sequence[str]) -> list[str]:
        if wanted:
            return list(dict.fromkeys([*wanted, *ALWAYS_NAMED]))
        if self._file("server.crt").exists():
            return names_of(self._certificate("server.crt"))
        raise BrokerError("by which name do devices find the broker? Say --host NAME, or --ip ADDRESS, or both")

    def _make_authority(self, name: str) -> list[str]:
        authority = make_authority(name, self._now)
        return self._write("ca.crt", authority.certificate_pem, _PUBLIC) + self._write(
            "ca.key", authority.key_pem, _SECRET
        )

    def _make_server(self, names: Sequence[str], lives: timedelta) -> list[str]:
        if self._file("server.crt").exists() and names == self.names and self.good_until - self._now > RENEW_BEFORE:
            return []
        server = issue_server(self._authority(), names, self._now, lives)
        # A crash between the two leaves no certificate, and so the next init makes both.
        self._file("server.crt").unlink(missing_ok=True)
        return self._write("server.key", server.key_pem, _SECRET, broker=True) + self._write(
            "server.crt", server.certificate_pem, _PUBLIC
        )

    def _make_gateway(self) -> list[str]:
        if self._file("passwords").exists() and GATEWAY in passwords.users(self._read("passwords")):
            return []
        self._write("gateway.password", f"{self._let_in(GATEWAY)}\n".encode(), _SECRET)
        return ["passwords", "gateway.password"]

    def _let_in(self, user: str) -> str:
        before = self._read("passwords") if self._file("passwords").exists() else ""
        password = passwords.draw_password()
        line = passwords.password_line(user, password, passwords.draw_salt())
        self._write("passwords", f"{before}{line}\n".encode(), _SECRET, broker=True)
        return password

    def _revoke(self, serials: Sequence[int]) -> list[str]:
        file = self._file("revoked.crl")
        before = x509.load_pem_x509_crl(file.read_bytes()) if file.exists() else ()
        revoked = [(each.serial_number, each.revocation_date_utc) for each in before]
        revoked += [(serial, self._now) for serial in serials]
        content = revocation_list(self._authority(), revoked, self._now).public_bytes(Encoding.PEM)
        return self._write("revoked.crl", content, _PUBLIC)

    def _authority(self) -> Identity:
        try:
            return read_identity(self._file("ca.crt").read_bytes(), self._file("ca.key").read_bytes())
        except (OSError, ValueError) as error:
            raise BrokerError(f"{self.path}/ca.crt and ca.key: {error}; put them back from your copy") from error

    def _settings(self, ports: Ports) -> bytes:
        text = f"{_HEAD}\n{shipped('limits.conf')}\n{shipped('kitchen.conf')}".replace(SHIPPED_FOLDER, str(self.path))
        for usual, port in zip(Ports(), ports, strict=True):
            text = text.replace(f"\nlistener {usual}", f"\nlistener {port}")
        return text.encode()

    def _write(self, name: str, content: bytes, mode: int, *, broker: bool = False) -> list[str]:
        file = self._file(name)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(descriptor, mode)
            if broker and self._broker_user is not None:
                os.fchown(descriptor, self._broker_user.pw_uid, self._broker_user.pw_gid)
            os.fsync(descriptor)
        Path(temporary).replace(file)
        return [name]

    def _certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self._file(name).read_bytes())

    def _read(self, name: str) -> str:
        return self._file(name).read_text()

    def _file(self, name: str) -> Path:
        return self.path / name


_HEAD = "# Written by `mbg-gateway broker init`, and anew by the next: put what is your own into another file."


def shipped(name: str) -> str:
    """One of the files beside this module."""
    return files("gateway.cli.mosquitto").joinpath(name).read_text()


def _broker_user() -> pwd.struct_passwd | None:
    """Whom files for mosquitto must belong to; None when they belong to whoever runs this."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(BROKER_USER)
    except KeyError:
        return None
