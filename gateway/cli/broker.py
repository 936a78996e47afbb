"""`mbg-gateway broker init|add-device|list|remove-device`: make credentials for the kitchen's own broker.

Makes the files that mosquitto needs for TLS, passwords and rights (deploy/mosquitto/README.md has the steps). A
password is shown when it is made and never again: only its hash is stored.
"""

import argparse
import ipaddress
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.cli.mosquitto.certificates import CERTIFICATE_LIVES
from gateway.cli.mosquitto.folder import (
    GATEWAY,
    SERVICES,
    SHIPPED_FOLDER,
    BrokerError,
    BrokerFolder,
    Credentials,
    Ports,
)
from gateway.runtime.clock.clock import RealClock

PROG = "mbg-gateway broker"
USUAL = Ports()


def main(argv: Sequence[str]) -> int:
    """Execute one action; return 0 when done, 1 when a file cannot be written, 2 when the request is not possible."""
    typed = _parser().parse_args(argv)
    folder = BrokerFolder(typed.folder, datetime.fromtimestamp(RealClock().now() / 1_000_000, UTC))
    act: Callable[[BrokerFolder, argparse.Namespace], None] = typed.act
    try:
        act(folder, typed)
    except BrokerError as error:
        return _refused(str(error), 2)
    except PermissionError as error:
        return _refused(f"{error.filename}: {error.strerror}; run it with sudo", 1)
    except OSError as error:
        return _refused(str(error), 1)
    return 0


def _refused(text: str, status: int) -> int:
    print(f"{PROG}: {text}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROG, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shown = " ".join(map(str, USUAL))
    acts = parser.add_subparsers(required=True, metavar="ACT")

    init = _act(acts, "init", _init, "make the authority, the broker's certificate, passwords, rights and settings")
    init.add_argument("--host", action="append", default=[], metavar="NAME", help="by which devices find the broker")
    init.add_argument("--ip", action="append", default=[], type=_address, metavar="ADDRESS", help="the same as address")
    init.add_argument(
        "--days", type=_days, default=CERTIFICATE_LIVES.days, help="life of the broker's certificate (%(default)s)"
    )
    init.add_argument(
        "--ports",
        type=_port,
        nargs=len(USUAL),
        metavar=("LOCAL", "PASSWORD", "CERTIFICATE"),
        help=f"plain on 127.0.0.1 for the gateway, TLS for users with password, with certificate; else {shown}",
    )

    add = _act(acts, "add-device", _add, "make a device's credentials and show them once")
    add.add_argument("name", help=f"the device's id in kitchen.yaml; or {' or '.join(SERVICES)}")
    add.add_argument("--certificate", action="store_true", help="a certificate instead of a password")

    _act(acts, "list", _list, "whom the broker lets in, and until when certificates are good")
    remove = _act(acts, "remove-device", _remove, "let a device in no more")
    remove.add_argument("name")
    return parser


def _act(
    acts: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    act: Callable[[BrokerFolder, argparse.Namespace], None],
    words: str,
) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=words, description=words)
    parser.set_defaults(act=act)
    parser.add_argument(
        "--folder", type=Path, default=Path(SHIPPED_FOLDER), metavar="DIR", help="of the files (%(default)s)"
    )
    return parser


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _port(text: str) -> int:
    if not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError("1 to 65535")
    return int(text)


def _days(text: str) -> int:
    if not 1 <= int(text) <= CERTIFICATE_LIVES.days:
        raise argparse.ArgumentTypeError(f"1 to {CERTIFICATE_LIVES.days}")
    return int(text)


def _init(folder: BrokerFolder, typed: argparse.Namespace) -> None:
    wanted = Ports(*typed.ports) if typed.ports else None
    written = folder.init([*typed.host, *typed.ip], timedelta(days=typed.days), wanted)
    if not written:
        print(f"{folder.path}: all there, nothing changed")
        return
    ports = folder.ports
    print(f"{folder.path}: written {', '.join(written)}")
    print(
        f"""
Let mosquitto read it:
  ln -sf {folder.path}/mbg.conf /etc/mosquitto/conf.d/mbg.conf
  systemctl restart mosquitto

kitchen.yaml of a gateway on this machine (its user must be able to read the file):
  mqtt: {{host: 127.0.0.1, port: {ports.local}, username: {GATEWAY}, password_file: secrets/mqtt}}
and on another one:
  mqtt: {{host: {folder.names[0]}, port: {ports.password}, username: {GATEWAY}, password_file: secrets/mqtt, \
tls: {{ca: secrets/ca.crt}}}}
where secrets/mqtt is a copy of {folder.path}/gateway.password, secrets/ca.crt one of ca.crt.

Keep a copy of ca.crt and ca.key where thieves and fire do not come: all devices trust this authority."""
    )


def _add(folder: BrokerFolder, typed: argparse.Namespace) -> None:
    credentials = folder.add(typed.name, certificate=typed.certificate)
    print(f"To be set in {typed.name}:")
    print(f"  broker       {folder.names[0]}")
    print(f"  authority    {folder.path}/ca.crt")
    for line in _lines(typed.name, credentials, folder.ports):
        print(f"  {line}")
    if typed.name not in SERVICES:
        print(f"  topic        mbg/<kitchen.id>/{typed.name}/temperature or the like, QoS 1, not retained")
        print("\nUnder devices: in kitchen.yaml, with the driver for its messages:")
        print(f"  - id: {typed.name}\n    driver: senml-json")
    if credentials.password is not None:
        print("\nThen: systemctl reload mosquitto")


def _lines(name: str, credentials: Credentials, ports: Ports) -> list[str]:
    certificate = credentials.certificate
    if certificate is not None:
        return [
            f"port         {ports.certificate}, TLS",
            f"certificate  {certificate}",
            f"key          {certificate.with_suffix('.key')} (move it to the device: no copy is needed here)",
        ]
    return [
        f"port         {ports.password}, TLS",
        f"user         {name}",
        f"password     {credentials.password}   (shown only now)",
    ]


def _list(folder: BrokerFolder, typed: argparse.Namespace) -> None:  # noqa: ARG001 - all acts are called alike
    print(f"broker: {', '.join(folder.names)}; certificate good until {folder.good_until:%Y-%m-%d}")
    for user in folder.users():
        print(f"{user.name}: {'password' if user.until is None else f'certificate until {user.until:%Y-%m-%d}'}")


def _remove(folder: BrokerFolder, typed: argparse.Namespace) -> None:
    restart = folder.remove(typed.name)
    print(f"{typed.name} is removed. Then: systemctl {'restart' if restart else 'reload'} mosquitto")
