"""Make and change the kitchen's part of mosquitto's configuration: certificates, passwords, rights, settings.

mbg.conf          for mosquitto's conf.d; rewritten by every `init`
access.acl        who may publish and subscribe to what; written once, then edited by people only
passwords         mosquitto's password file
ca.crt, ca.key    the kitchen's authority; devices need ca.crt
server.crt, .key  the broker's
revoked.crl       certificates of removed devices
gateway.password  for the gateway; its kitchen.yaml refers to it
devices/          certificates and keys made for devices
"""

import re
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
from gateway.cli.mosquitto.files import PUBLIC, SECRET, BrokerFiles

GATEWAY = "gateway"
SERVICES = ("homeassistant", "chirpstack")
"""Users with rights of their own in access.acl; they are no devices of kitchen.yaml."""
RESERVED = ("alarm", "application", "cmnd", "home", "mbg", "mbg-gateway", "shellies", "stat", "tele", "v3")
"""First levels of topics that many devices share: access.acl would give all of one to a user of that name."""
ALWAYS_NAMED = ("localhost", "127.0.0.1")
SHIPPED_FOLDER = "/etc/mosquitto/mbg"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LISTENER = re.compile(r"^listener ([0-9]+)", re.MULTILINE)


class BrokerError(Exception):
    """The request is not possible; the message says why and what helps."""


class Ports(NamedTuple):
    """The ports of the broker's listeners, with the shipped numbers."""

    local: int = 1883
    password: int = 8883
    certificate: int = 8884


class Credentials(NamedTuple):
    """A device's credentials. Exactly one of them is not None.

    Attributes:
        password: shown once; only its hash is stored.
        certificate: the file; its key is beside it as .key.
    """

    password: str | None
    certificate: Path | None


class User(NamedTuple):
    """A user of the broker.

    Attributes:
        until: when the certificate expires; None for a user with a password.
    """

    name: str
    until: datetime | None


class BrokerFolder:
    """Manage the broker's folder of one kitchen."""

    def __init__(self, path: Path, now: datetime) -> None:
        """`now`: the time for certificates, aware."""
        self.path = path.absolute()
        self._now = now
        self._files = BrokerFiles(self.path)

    def init(self, names: Sequence[str], lives: timedelta = CERTIFICATE_LIVES, ports: Ports | None = None) -> list[str]:
        """Make missing files, and renew the broker's certificate if its names change or it expires soon.

        Args:
            names: host names and addresses by which devices reach the broker; none: those that it has.
            lives: how long a new certificate of the broker is valid.
            ports: None: those that it has, at first the shipped ones.

        Returns:
            The names of the written files; none if nothing had to change.

        Raises:
            BrokerError: no names at all, or the folder has other files in it.
            OSError: a file cannot be written.
        """
        names = self._all_names(names)
        self._claim()
        settings, written = self._settings(ports or self.ports), []
        if self._files.read("mbg.conf") != settings:
            written += self._files.write("mbg.conf", settings.encode(), PUBLIC)
        if not self._files.exists("ca.key"):
            written += self._make_authority(f"{names[0]} authority")
        if not self._files.exists("access.acl"):
            written += self._files.write("access.acl", shipped("access.acl").encode(), SECRET, broker=True)
        if not self._files.exists("revoked.crl"):
            written += self._revoke([])
        return written + self._make_server(names, lives) + self._make_gateway()

    def add(self, name: str, *, certificate: bool = False) -> Credentials:
        """Make the credentials of a device, or of one of SERVICES.

        Raises:
            BrokerError: the name is not allowed or taken; or there is no broker here yet.
        """
        self._need()
        self._check_name(name)
        if certificate:
            identity = issue_client(self._authority(), name, self._now, CERTIFICATE_LIVES)
            self._files.write(f"devices/{name}.key", identity.key_pem, SECRET)
            self._files.write(f"devices/{name}.crt", identity.certificate_pem, PUBLIC)
            return Credentials(None, self._files.path(f"devices/{name}.crt"))
        return Credentials(self._add_password(name), None)

    def remove(self, name: str) -> bool:
        """Remove a user. Return True for one with a certificate: it stays connected until the broker restarts.

        Raises:
            BrokerError: there is no such user, or it is the gateway.
        """
        self._need()
        if name not in {user.name for user in self.users()} or name == GATEWAY:
            raise BrokerError(f'there is no device "{name}" here; `mbg-gateway broker list` names them')
        certificate = f"devices/{name}.crt"
        if not self._files.exists(certificate):
            others = passwords.without(self._files.read("passwords"), name)
            self._files.write("passwords", others.encode(), SECRET, broker=True)
            return False
        self._revoke([self._files.certificate(certificate).serial_number])
        self._files.remove(f"devices/{name}.key")
        self._files.remove(certificate)
        return True

    def users(self) -> list[User]:
        """Return the users of the broker, the gateway first."""
        self._need()
        with_password = [User(name, None) for name in passwords.users(self._files.read("passwords"))]
        names = sorted(file.stem for file in self._files.path("devices").glob("*.crt"))
        return with_password + [
            User(name, self._files.certificate(f"devices/{name}.crt").not_valid_after_utc) for name in names
        ]

    @property
    def ports(self) -> Ports:
        """The broker's ports by mbg.conf."""
        numbers = _LISTENER.findall(self._files.read("mbg.conf"))
        return Ports(*map(int, numbers)) if len(numbers) == len(Ports()) else Ports()

    @property
    def names(self) -> list[str]:
        """The host names and addresses in the broker's certificate."""
        self._need()
        return names_of(self._files.certificate("server.crt"))

    @property
    def good_until(self) -> datetime:
        """When the broker's certificate expires."""
        return self._files.certificate("server.crt").not_valid_after_utc

    def _claim(self) -> None:
        """Make the folder; raise BrokerError if it has other files in it, which might have our files' names."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            # Regardless of the umask: mosquitto's user must be able to enter.
            self.path.chmod(0o755)
        if any(self.path.iterdir()) and not self._files.exists("mbg.conf"):
            raise BrokerError(f"{self.path} has other files in it: name an empty or a new folder")

    def _need(self) -> None:
        if not self._files.exists("passwords"):
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
        if self._files.exists("server.crt"):
            return names_of(self._files.certificate("server.crt"))
        raise BrokerError("by which name do devices find the broker? Say --host NAME, or --ip ADDRESS, or both")

    def _make_authority(self, name: str) -> list[str]:
        authority = make_authority(name, self._now)
        certificate = self._files.write("ca.crt", authority.certificate_pem, PUBLIC)
        return certificate + self._files.write("ca.key", authority.key_pem, SECRET)

    def _make_server(self, names: Sequence[str], lives: timedelta) -> list[str]:
        exists = self._files.exists("server.crt")
        if exists and names == self.names and self.good_until - self._now > RENEW_BEFORE:
            return []
        server = issue_server(self._authority(), names, self._now, lives)
        # A crash between the two writes leaves no certificate, so that the next init makes both.
        self._files.remove("server.crt")
        key = self._files.write("server.key", server.key_pem, SECRET, broker=True)
        return key + self._files.write("server.crt", server.certificate_pem, PUBLIC)

    def _make_gateway(self) -> list[str]:
        if GATEWAY in passwords.users(self._files.read("passwords")):
            return []
        password = self._add_password(GATEWAY)
        return ["passwords", *self._files.write("gateway.password", f"{password}\n".encode(), SECRET)]

    def _add_password(self, user: str) -> str:
        password = passwords.draw_password()
        line = passwords.password_line(user, password, passwords.draw_salt())
        self._files.write("passwords", f"{self._files.read('passwords')}{line}\n".encode(), SECRET, broker=True)
        return password

    def _revoke(self, serials: Sequence[int]) -> list[str]:
        file = self._files.path("revoked.crl")
        before = x509.load_pem_x509_crl(file.read_bytes()) if file.exists() else ()
        revoked = [(each.serial_number, each.revocation_date_utc) for each in before]
        revoked += [(serial, self._now) for serial in serials]
        content = revocation_list(self._authority(), revoked, self._now).public_bytes(Encoding.PEM)
        return self._files.write("revoked.crl", content, PUBLIC)

    def _authority(self) -> Identity:
        try:
            return read_identity(self._files.path("ca.crt").read_bytes(), self._files.path("ca.key").read_bytes())
        except (OSError, ValueError) as error:
            raise BrokerError(f"{self.path}/ca.crt and ca.key: {error}; put them back from your copy") from error

    def _settings(self, ports: Ports) -> str:
        text = f"{_HEAD}\n{shipped('limits.conf')}\n{shipped('kitchen.conf')}".replace(SHIPPED_FOLDER, str(self.path))
        for usual, port in zip(Ports(), ports, strict=True):
            text = text.replace(f"\nlistener {usual}", f"\nlistener {port}")
        return text


_HEAD = "# Written by `mbg-gateway broker init` and replaced by the next: put your own settings into another file."


def shipped(name: str) -> str:
    """Return a configuration file that is shipped beside this module."""
    return files("gateway.cli.mosquitto").joinpath(name).read_text()
