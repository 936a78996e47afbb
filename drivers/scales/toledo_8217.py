"""Decode Toledo 8217: scales of Mettler Toledo and many others at a till, polled with single letters.

    STX 01.250 CR      kg have three decimals      STX ? status CR    no weight: moving, negative, over capacity
    STX 01.250N CR     net                         STX CR             self-test begun
    STX 12.34 CR       lb have two, also 012.34    STX @ CR           its result
                                                   STX E CR hello     echo mode, left with F
    status  bit 0 motion, 1 over capacity, 2 under zero, 3 outside the range of zero capture, 4 centre of zero,
            5 net, 6 always 1; 8213 and BenchPro: bit 5 always 1

    W weight   Z zero   T CR tare   T01500 CR preset tare   C clear tare; the response to the last four is a status

Frames have no length. A kg frame without its last digit looks like pounds, so the width is learned. Some scales send
the weight once, and then a status without any bit set until it changes: the same weight as before.

Sources: Mettler DIVA service manual (in PSC Magellan 8500), p. 35-39 and 44-45; Salter Brecknell BenchPro, p. 26, and
Global Industrial 412584, p. 25, for the variant.
"""

import re
from decimal import Decimal
from functools import partial

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "toledo-8217"
START = re.compile(rb"\x02")
KILOGRAMS = re.compile(rb"\x02(?P<number>[0-9 ][0-9]\.[0-9]{3})(?P<net>N?)\r")
POUNDS = re.compile(rb"\x02(?P<number>[0-9 ]?[0-9 ][0-9]\.[0-9]{2})(?P<net>N?)\r")
NUMBERS = ((KILOGRAMS, "kg"), (POUNDS, "lb"))
STATUS = re.compile(rb"\x02\?([@-\x7f])\r")
OTHER = re.compile(rb"\x02[@-\x7f]?\r")
MOTION, OVER, UNDER = 0x01, 0x02, 0x04
# bits of a status that are always 1
CONSTANT = {"8217": 0x40, "8213": 0x60}


def parse(frame: bytes, *, constant: int = CONSTANT["8217"]) -> Weighing:
    """Parse one frame.

    Raises:
        DecodeError: with reason `framing`.
    """
    for pattern, unit in NUMBERS:
        if match := pattern.fullmatch(frame):
            weight = Decimal(match["number"].decode().strip())
            return Weighing(weight=weight, unit=unit, stable=True, net=bool(match["net"]))
    if (match := STATUS.fullmatch(frame)) and match[1][0] & constant == constant:
        return _status(match[1][0])
    if OTHER.fullmatch(frame):
        return Weighing(error=Reason.NOT_WEIGHT)
    raise no_frame(frame, NAME)


def _status(bits: int) -> Weighing:
    over = bool(bits & OVER)
    reason = Reason.UNDERLOAD if bits & UNDER else Reason.NO_READING
    return Weighing(stable=not bits & MOTION, overload=over, error=None if over else reason)


def toledo_8217(*, variant: str = "8217") -> PackedProtocol:
    """Build the protocol. With variant `8213` (also BenchPro and Global), bit 5 of the status is always 1.

    Raises:
        ConfigurationError: there is no such variant.
    """
    return PackedProtocol(
        name=NAME,
        start=START,
        measure=up_to(re.compile(rb"\r")),
        parse=partial(parse, constant=choice(NAME, "variant", variant, CONSTANT)),
        longest=10,
        guarded=True,
        unit_certain=False,
    )


SETTINGS = {"variant": tuple(CONSTANT)}
COMMANDS = CommandSet(
    poll=(b"W",),
    zero=b"Z",
    tare=b"T\r",
    responses={b"W": rb"\x02[?0-9 ]", b"Z": rb"\x02\?", b"T\r": rb"\x02\?"},
    done=rb"\x02\?",
    unchanged=b"\x02?@\r",
)
