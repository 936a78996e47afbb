"""`mbg-gateway`: one table of commands. A command's module is imported when it is asked for, so `--help` is quick.

Exit status: 0 done, 1 failed, 2 what was typed or written in a file cannot work (each problem on a line of its own).
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from typing import NamedTuple, cast


class Command(NamedTuple):
    """`main` is `module:function`; it is given the arguments after the command's name and returns the exit status."""

    main: str
    help: str


COMMANDS = {
    "run": Command("gateway.cli.supervise:main", "run the gateway and its page, and restart what dies"),
    "demo": Command("gateway.cli.demo:main", "a simulated kitchen with its gateway and page, no hardware needed"),
    "check": Command("gateway.cli.check:main", "say everything that is wrong in a kitchen.yaml"),
    "decode": Command("gateway.cli.decode:main", "what the drivers make of a frame or a message, offline"),
    "judge": Command("gateway.cli.judge:main", "what the food-safety rules say of a trace, offline"),
    "profiles": Command("gateway.cli.profiles:main", "the limits of all standards side by side, with their sources"),
    "devices": Command("gateway.cli.devices:main", "the serial ports here, and what is on one of them"),
    "model": Command("gateway.cli.model:main", "what a food-safety model says of a trace, offline"),
    "broker": Command("gateway.cli.broker:main", "certificates and passwords of the kitchen's own MQTT broker"),
    "coverage": Command("gateway.cli.coverage:main", "for every second of every point, whether readings cover it"),
    "verify": Command("gateway.cli.verify:main", "whether the journal says what it said when it was written"),
    "export": Command("gateway.cli.export:main", "readings of any points and span, as CSV or line protocol"),
    "backup": Command("gateway.cli.backup:main_backup", "a checked copy of the journal while the gateway runs"),
    "restore": Command("gateway.cli.backup:main_restore", "put a copy in the journal's place"),
    "simulate": Command("gateway.cli.main:simulate", "start simulated devices"),
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
    except BrokenPipeError:  # whoever read it has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mbg-gateway", description="Sensor gateway for food safety in institutional kitchens."
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        # What follows the name is the command's own, `--help` too.
        commands.add_parser(name, help=command.help, add_help=False, prefix_chars="\0").add_argument(
            "rest", nargs=argparse.REMAINDER
        )
    return parser


def simulate(argv: Sequence[str]) -> int:
    """Become `python -m simulators`, which is a program of its own: nothing here imports it."""
    os.execv(sys.executable, [sys.executable, "-m", "simulators", *argv])  # noqa: S606 - no shell is wanted
