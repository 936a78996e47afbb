"""`mbg-gateway devices`: list serial ports, identify the device on one of them, list new devices on the broker.

mbg-gateway devices                    every port, under the name that survives replugging
mbg-gateway devices --probe PORT       the device that answers there, and the lines for kitchen.yaml
mbg-gateway devices --mqtt             devices on the broker that are missing in kitchen.yaml, as the running gateway
                                       receives them, and the lines for it

--probe listens first and sends requests only if no device sends by itself; it never sends anything that could set a
zero, take a tare, open a menu or write a register. Stop the gateway before: a port has one owner. Exit status: 0
something was found, 1 nothing was, or the port cannot be opened.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError, LinkError
from drivers.links.serial.detect import SLAVES, DetectedDevice, UnknownSender, detect
from drivers.links.serial.port import Port
from drivers.links.serial.port_names import SerialPortName, better_name, held_by, serial_ports
from gateway.cli.device_report import kitchen_lines, port_table, result_table, unknown_text
from gateway.cli.devices_mqtt import discovered, discovered_lines, discovered_table

DATA = Path("/var/lib/mbg-gateway")
"""The gateway's data folder in deploy/systemd."""


def main(argv: Sequence[str]) -> int:
    """List ports or devices, or probe a port."""
    typed = _parser().parse_args(argv)
    if typed.mqtt:
        return _list_discovered(typed.data)
    if typed.probe is None:
        return _list([*serial_ports(), *(_named(port) for port in typed.port)])
    try:
        return _probe(typed.probe, typed.slaves)
    except (LinkError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mbg-gateway devices", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", action="append", default=[], metavar="PORT", help="list this one too")
    parser.add_argument(
        "--mqtt", action="store_true", help="list new devices on the broker, as the running gateway receives them"
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help=f"its data folder, with --mqtt (default: {DATA})"
    )
    parser.add_argument("--probe", metavar="PORT", help="identify the device on it; also socket://host:port")
    parser.add_argument(
        "--slaves", type=_slaves, default=SLAVES, metavar="1-16", help="Modbus addresses to try (default: 1-16)"
    )
    return parser


def _slaves(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        slaves = range(int(first), int(last or first) + 1)
    except ValueError:
        slaves = range(0)
    if not slaves or slaves[0] < 1 or slaves[-1] > 247:
        raise argparse.ArgumentTypeError(f"{text!r} is no address or range of addresses from 1 to 247, such as 1-16")
    return slaves


def _named(port: str) -> SerialPortName:
    return SerialPortName(device=port, by_id=None, by_path=None, description="named on the command line", unique=True)


def _list(ports: Sequence[SerialPortName]) -> int:
    if not ports:
        print("No serial port here. Plug the adapter in; dmesg says what the kernel thinks of it.")
        return 1
    print(port_table(ports, {port.device: held_by(port.device) for port in ports}))
    print("\nWhat is on one of them: mbg-gateway devices --probe PORT")
    return 0


def _list_discovered(data: Path) -> int:
    socket = data / "control.sock"
    try:
        devices = discovered(socket)
    except OSError as error:
        why = error.strerror or "it does not answer"
        print(f"no gateway at {socket} ({why}): start mbg-gateway run, or name its folder by --data", file=sys.stderr)
        return 1
    if not devices:
        print("Nobody new on the broker yet. Many devices send only every few minutes; is mqtt.discover true?")
        return 1
    print(discovered_table(devices))
    print("\nFor kitchen.yaml, with ids and names of your own:\n")
    print(discovered_lines(devices))
    return 0


def _probe(where: str, slaves: Sequence[int]) -> int:
    port = Port(where, SerialSettings())
    port.open()
    try:
        result = detect(port, slaves=slaves, progress=_print_progress)
    finally:
        port.close()
    if isinstance(result, UnknownSender):
        print(unknown_text(result))
        return 1
    if not result:
        print(f"Nothing answers on {where}. Is the device on? Are TX and RX, or A and B, the wrong way round?")
        return 1
    _print_devices(better_name(where) or where, result)
    return 0


def _print_devices(port: str, devices: Sequence[DetectedDevice]) -> None:
    print(result_table(devices))
    print("\nFor kitchen.yaml, with names of your own:\n")
    print(kitchen_lines(port, devices))


def _print_progress(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)
