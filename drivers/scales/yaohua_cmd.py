"""Decode Yaohua XK3190 indicators that obey commands (A9+, A23p, DS1, DS3: TF=1; A22 with letters of its own).

    STX │ address A-Z │ command │ XH XL │ ETX                                      request, 6 bytes; also a
                                                                                   response without a weight
    STX │ address A-Z │ command │ sign │ 6 digits │ places │ XH XL │ ETX           response, 14 bytes

Commands: A handshake, B gross, C tare, D net, E and F truck and cargo or price. A22: R read, 0 zero, T tare. A DS1
sends EOT instead of the command when it does not know the command. XH XL: exclusive or of all bytes between STX and
them, each half + 30h, or + 37h from A on; A22 always adds 30h.

Settings: `address` (A to Z, default A), `read` `gross` (default) or `net`, `model` `a9` (default) or `a22`.

Sources: Yaohua XK3190-A9+ manual, p. 9-11; A23p, p. 21-24; A22, p. 11; DS1, p. 5-7; DS3, p. 6.
"""

import re
from functools import reduce
from operator import xor

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.columns import bad_field
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing
from drivers.scales.yaohua import check, fixed_point

NAME = "yaohua-cmd"
LENGTHS = (6, 14)
HEAD = re.compile(r"[A-Z](?P<command>[A-FRT0\x04])(?P<weight>.*)", re.DOTALL)
NET = {"B": False, "D": True, "R": None}
LETTERS = {"gross": "B", "net": "D"}
MODELS = {"a9": False, "a22": True}
ADDRESSES = {letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
UNKNOWN_COMMAND = "\x04"


def parse(frame: bytes) -> Weighing:
    """Parse one frame from STX to ETX.

    Raises:
        DecodeError: with reason `checksum` or `framing`.
    """
    if len(frame) not in LENGTHS:
        raise no_frame(frame, NAME)
    check(frame[1:-3], frame[-3:-1], NAME)
    text = frame[1:-3].decode("latin-1")
    if (match := HEAD.fullmatch(text)) is None:
        raise bad_field(text, "Yaohua answer")
    command, field = match["command"], match["weight"]
    if command == UNKNOWN_COMMAND:
        return Weighing(error=Reason.SYNTAX)
    if not field or command not in NET:
        return Weighing(error=Reason.NOT_WEIGHT)
    return Weighing(weight=fixed_point(field), net=NET[command])


YAOHUA_CMD = PackedProtocol(
    name=NAME, start=re.compile(rb"\x02"), measure=up_to(re.compile(rb"\x03")), parse=parse, longest=14
)
SETTINGS = {"address": tuple(ADDRESSES), "read": tuple(LETTERS), "model": tuple(MODELS)}


def command_set(*, address: str = "A", read: str = "gross", model: str = "a9") -> CommandSet:
    """Build the commands of one indicator. Only A22 can be zeroed and tared.

    Raises:
        ConfigurationError: a setting is not one of SETTINGS.
    """
    head = choice(NAME, "address", address, ADDRESSES)
    letter = choice(NAME, "read", read, LETTERS)
    if not choice(NAME, "model", model, MODELS):
        poll = _request(head + letter, above_nine=0x37)
        return CommandSet(poll=(poll,), responses={poll: _response(head, letter)})
    poll, zero, tare = (_request(head + each, above_nine=0x30) for each in "R0T")
    responses = {poll: _response(head, "R"), zero: _response(head, "0"), tare: _response(head, "T")}
    return CommandSet(poll=(poll,), zero=zero, tare=tare, responses=responses, done=rb"\x02[A-Z][0T]")


def yaohua_cmd(**settings: str) -> PackedProtocol:
    """Build the protocol. The settings change the commands, not the frames.

    Raises:
        ConfigurationError: a setting is not one of SETTINGS.
    """
    command_set(**settings)
    return YAOHUA_CMD


def _response(address: str, letter: str) -> bytes:
    """Pattern for the beginning of the response; the response of another indicator on the line is skipped."""
    return rb"\x02%b[%b\x04]" % (address.encode(), letter.encode())


def _request(text: str, *, above_nine: int) -> bytes:
    body = text.encode("ascii")
    halves = divmod(reduce(xor, body), 16)
    return b"\x02" + body + bytes(half + (0x30 if half < 10 else above_nine) for half in halves) + b"\x03"
