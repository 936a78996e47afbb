"""Run the commands of `mbg-gateway`. A command's module is imported only when it is used, so `--help` is quick.

Exit status: 0 done, 1 failed, 2 wrong arguments or a mistake in a file (each problem on a line of its own).
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from typing import NamedTuple, cast


class CliCommand(NamedTuple):
    """One command. `main` is `module:function`; it receives the arguments after the name, returns the exit status."""

    main: str
    help: str


COMMANDS = {
    "run": CliCommand("gateway.cli.supervise:main", "run the gateway and its page, and restart what dies"),
    "demo": CliCommand("gateway.cli.demo:main", "run a simulated kitchen with gateway and page, without hardware"),
    "check": CliCommand("gateway.cli.check:main", "list every mistake in a kitchen.yaml"),
    "decode": CliCommand("gateway.cli.decode:main", "decode a frame or a message with the drivers, offline"),
    "judge": CliCommand("gateway.cli.judge:main", "apply the food-safety rules to a trace, offline"),
    "profiles": CliCommand("gateway.cli.profiles:main", "show the limits of all standards with their sources"),
    "devices": CliCommand("gateway.cli.devices:main", "list serial ports, and identify the device on one"),
    "model": CliCommand("gateway.cli.model:main", "apply a food-safety model to a trace, offline"),
    "broker": CliCommand("gateway.cli.broker:main", "make certificates and passwords of the kitchen's MQTT broker"),
    "coverage": CliCommand("gateway.cli.coverage:main", "account for every second of every point"),
    "verify": CliCommand("gateway.cli.verify:main", "check that the journal was not changed since it was written"),
    "export": CliCommand("gateway.cli.export:main", "write readings as CSV or line protocol"),
    "backup": CliCommand("gateway.cli.backup:main_backup", "copy the running journal, and verify the copy"),
    "restore": CliCommand("gateway.cli.backup:main_restore", "replace the journal by a copy"),
    "simulate": CliCommand("gateway.cli.main:simulate", "start simulated devices"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    typed = _parser().parse_args(argv)
    if typed.version:
        print(metadata.version("mbg-gateway"))
        return 0
    if typed.command is None:
        _parser().print_help()
        return 2
    module, _, function = COMMANDS[typed.command].main.partition(":")
    command = cast("Callable[[Sequence[str]], int]", getattr(import_module(module), function))
    status = 0
    try:
        status = command(typed.rest)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mbg-gateway", description="Sensor gateway for food safety in institutional kitchens."
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        # All arguments after the name belong to the command, also `--help`.
        commands.add_parser(name, help=command.help, add_help=False, prefix_chars="\0").add_argument(
            "rest", nargs=argparse.REMAINDER
        )
    return parser


def simulate(argv: Sequence[str]) -> int:
    """Replace this process by `python -m simulators`, a separate program that nothing here imports."""
    os.execv(sys.executable, [sys.executable, "-m", "simulators", *argv])  # noqa: S606 - no shell is wanted
