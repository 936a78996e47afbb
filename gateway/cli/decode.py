"""`mbg-gateway decode`: decode a frame or a message offline, with the drivers of the live gateway.

    decode --protocol csv-st --hex '53 54 2c 47 53 2c 2b 30 30 30 2e 38 37 36 6b 67 0d 0a'
    decode --format modbus-rtu:xy-md02 --set slave=1 count=2 --hex '01 04 04 01 31 02 22 2a ce'
    decode --format tasmota --topic tele/chiller/SENSOR --payload '{"DS18B20": {"Temperature": 3.4}}'
    decode --jsonl FILE

In FILE each line is an object: `protocol` or `format`, `hex` or `payload`, and where needed `topic`, `set` and
`context`, a list of earlier messages. Exit status 0 when answered, whatever the answer is; 2 for input that cannot be
used.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.cli.offline import command
from gateway.cli.offline.decode import answer, formats, protocols
from gateway.haccp.limits.fields import Fields, InputError


def main(argv: Sequence[str]) -> int:
    """Answer one input, or one a line."""
    parser = arguments()
    typed = parser.parse_args(argv)
    if typed.list:
        command.say("\n".join([*protocols(), *formats()]))
        return 0
    if typed.jsonl is not None:
        return command.run(parser.prog, answer, None, typed.jsonl)
    try:
        command.say(command.told(answer(Fields(input_of(typed), folder=Path()))))
    except InputError as error:
        return command.refused(parser.prog, str(error))
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mbg-gateway decode", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--protocol", metavar="ID", help="of a scale")
    what.add_argument("--format", metavar="ID", help="of anything else")
    what.add_argument("--jsonl", metavar="FILE", help="one input a line, one answer a line; - is standard input")
    what.add_argument("--list", action="store_true", help="all ids")
    parser.add_argument("--topic", help="on which the message came")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", nargs="+", action="extend", default=[], help="settings of the driver"
    )
    message = parser.add_mutually_exclusive_group()
    message.add_argument("--payload", metavar="TEXT", help="the message as text")
    message.add_argument("--hex", metavar="HEX", help="the bytes, blanks allowed")
    return parser


def input_of(typed: argparse.Namespace) -> Mapping[str, object]:
    """Return the typed options as the object that a line of a file would be.

    Raises:
        InputError: a setting without a value.
    """
    settings: dict[str, str] = {}
    for each in typed.set:
        name, equals, value = each.partition("=")
        if not equals:
            raise InputError(f"--set {each}", "write NAME=VALUE")
        settings[name] = value
    options = {key: getattr(typed, key) for key in ("protocol", "format", "topic", "payload", "hex")}
    return {key: value for key, value in options.items() if value is not None} | {"set": settings}
