"""Decode Yaohua XK3190 indicators (and Keli, Liden, many clones) that send their display by themselves.

    y0   STX │ sign │ 6 digits │ places │ XH XL │ ETX         A9+, A1+, A23p, A26, DS1, DS3 (TF=0); 12 bytes
         XH XL: exclusive or of sign … places, each half + 30h, or + 37h from A on (A22: always + 30h)
    y1   = │ the display from right to left                   A26 format 1, A23p format 2, A22, D2+, D2008F, A12 clones
         8 characters, the last a 0 or the minus; or 7 without a sign, which end at the next =
    y2   = │ 0 or - │ 7 characters                            A26 format 2
    y3   W │ G or N │ 7 characters │ kg │ XH XL │ CR LF       A12(E); exclusive or of the first 11 bytes
         9 blanks │ OL or LO │ XH XL │ CR LF                  above Max + 9e, below -20d
    y4   ww, wn or wt │ 5-10 characters │ kg or lb │ CR LF    A12E as sold in Indonesia and China, A9 and A7, Liden;
         gross, net, tare; also in upper case                 some leave the unit out

y0, y1 and y2 have neither unit nor stability: kitchen.yaml sets the unit, and the gateway judges stability. One frame
cannot distinguish y1 from y2 (=0003.000 is 3 in one and 0.3 in the other): choose one, then check with a known weight.

Sources: Yaohua XK3190-A9+ manual, p. 9-11; A12(E), p. 13; A26, p. 10-11; A23p, p. 21-24; A22, p. 11; DS1, p. 5-7; DS3,
p. 6; Liden LUW2001 manual, p. 15-16; public code: app_tools_zxw weighbridge reader, mcush XK3190A12, Indonesian
readers of A12E, A9 and A7.
"""

import re
from decimal import Decimal
from functools import reduce
from operator import xor

from drivers.framing import read_as_eight_bits
from drivers.reading import Reason
from drivers.scales.common.columns import bad_field, looks_like, number, unit
from drivers.scales.common.fields import no_frame, wrong_checksum
from drivers.scales.common.packed import PackedProtocol, of_length, up_to
from drivers.scales.common.weighing import Weighing

SIGNED = re.compile(r"(?P<sign>[+-])(?P<digits>[0-9]{6})(?P<places>[0-9])")
Y1_FRAME = rb"=[0-9.]{7}(?:[0-9-]|(?==))"
Y2_FRAME = rb"=[0-][0-9.]{7}"
RANGE = {"OL": (True, None), "LO": (False, Reason.UNDERLOAD)}
NET = {"G": False, "N": True}
Y4_LINE = re.compile(r"[wW](?P<kind>[wntWNT])(?P<digits>[- 0-9.]{5,10})(?P<unit>[A-Za-z]{0,2})")
Y4_NET = {"w": False, "n": True}


def check(covered: bytes, received: bytes, name: str) -> None:
    """Compare the two characters of an exclusive or.

    Raises:
        DecodeError: with reason `checksum`.
    """
    computed = reduce(xor, covered)
    if received not in (b"%02X" % computed, bytes(0x30 + half for half in divmod(computed, 16))):
        raise wrong_checksum(covered + received, name)


def fixed_point(field: str) -> Decimal:
    """Parse sign, six digits and the number of decimal places.

    Raises:
        DecodeError: with reason `framing`.
    """
    if (match := SIGNED.fullmatch(field)) is None:
        raise bad_field(field, "Yaohua weight")
    return Decimal(match["sign"] + match["digits"]).scaleb(-int(match["places"]))


def parse_y0(frame: bytes) -> Weighing:
    """Parse one frame of 12 bytes.

    Raises:
        DecodeError: with reason `checksum` or `framing`.
    """
    if not frame.endswith(b"\x03"):
        raise no_frame(frame, "yaohua-y0")
    check(frame[1:9], frame[9:11], "yaohua-y0")
    return Weighing(weight=fixed_point(frame[1:9].decode("latin-1")))


def parse_y1(frame: bytes) -> Weighing:
    """Parse one frame with a reversed display.

    Raises:
        DecodeError: with reason `framing`.
    """
    shown = frame[:0:-1].decode("latin-1")
    if len(shown) == 8 and shown[0] not in "0-":
        raise bad_field(shown, "reversed display")
    return Weighing(weight=number(shown))


def parse_y2(frame: bytes) -> Weighing:
    """Parse one frame of 9 bytes.

    Raises:
        DecodeError: with reason `framing`.
    """
    return Weighing(weight=number(frame[1:].decode("latin-1")))


def parse_y3(frame: bytes) -> Weighing:
    """Read one line with its end.

    Raises:
        DecodeError: with reason `checksum` or `framing`.
    """
    if not frame.endswith((b"\r", b"\n")) or read_as_eight_bits(frame):
        raise no_frame(frame, "yaohua-y3")
    check(frame[:11], frame[11:13], "yaohua-y3")
    head, digits, tail = frame[:2].decode("latin-1"), frame[2:9].decode("latin-1"), frame[9:11].decode("latin-1")
    if head + digits == " " * 9 and tail in RANGE:
        overload, error = RANGE[tail]
        return Weighing(overload=overload, error=error)
    if head[0] != "W" or head[1] not in NET:
        raise bad_field(head, "Yaohua line")
    return Weighing(weight=number(digits), unit=unit(tail), net=NET[head[1]])


def parse_y4(frame: bytes) -> Weighing:
    """Read one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame[:-1].decode("latin-1")
    if (match := Y4_LINE.fullmatch(text)) is None:
        raise bad_field(text, "Yaohua line")
    kind = match["kind"].lower()
    if kind not in Y4_NET:
        return Weighing(error=Reason.NOT_WEIGHT)
    return Weighing(weight=number(match["digits"]), unit=unit(match["unit"]), net=Y4_NET[kind])


Y0 = PackedProtocol(name="yaohua-y0", start=re.compile(rb"\x02"), measure=of_length(12), parse=parse_y0, longest=12)
Y1 = PackedProtocol(
    name="yaohua-y1",
    start=re.compile(b"="),
    measure=looks_like(Y1_FRAME),
    parse=parse_y1,
    longest=9,
    guarded=True,
    field=re.compile(b"=[0-9.-]+"),
)
Y2 = PackedProtocol(name="yaohua-y2", start=re.compile(b"="), measure=looks_like(Y2_FRAME), parse=parse_y2, longest=9)
Y3 = PackedProtocol(name="yaohua-y3", start=re.compile(rb"[W ]"), measure=of_length(14), parse=parse_y3, longest=14)
Y4 = PackedProtocol(
    name="yaohua-y4",
    start=re.compile(rb"[wW][wntWNT](?=[- 0-9.])"),
    measure=up_to(),
    parse=parse_y4,
    longest=16,
    guarded=True,
)
