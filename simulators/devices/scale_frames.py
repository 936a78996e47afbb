r"""Encode the frames of every scale protocol, from their makers' documents: one function a protocol.

␣ is a blank, CR LF the end of a line; `check` is the maker's checksum. Weights are right-aligned.

toledo-continuous  STX SWA SWB SWC, 6 digits, 6 digits of tare, CR, check: the low seven bits add up to 0
and                ST,+ 8 characters, unit in 3
cas-22             ST,GS, device lamp , 8 characters ␣ unit in 2
cas-18, cas-10     ST,GS, 8 characters, unit in 2; the 8 characters alone
cas-cmd            STX 01 RWGT, a line of cas-18, check: low byte of the sum in two digits, ETX
ohaus              sign, 7 characters, ␣, unit in 2, ␣␣␣, ? or ␣, G or N
sbi-16             sign, 9 characters, ␣, unit in 3, blank while it moves      sbi-22: N or G in 6 before it
dini               ST,GS, 8 characters , unit
condec             STX, sign, 7 characters, K or L, G or N, M or ␣
yaohua-y0          STX, sign, 6 digits, places, exclusive or in two digits, ETX
yaohua-y1, -y2     = and the display, 0 or - first: y1 turned round, y2 as it is
yaohua-y3          W, G or N, 7 characters, kg, exclusive or in two digits
yaohua-y4          ww or wn, 8 characters, unit
epelsa             STX, A or !, 8 characters, CR ETX
sma                LF, ␣ or O, 1, G or N, M or ␣, ␣, 10 characters, unit in 3, CR
vibra              sign, 7 characters, unit in 2 and large, ␣, S or U
labelled           NET: or GROSS:, 10 characters, ␣, unit
adam               N or G, sign, 8 characters, ␣, unit (CPWplus)

A frame is b"" when a maker does not document what is sent above capacity. Scales that send only on request are in
polled_scale.py.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import xor

from simulators.devices import polled_scale as asked_scale
from simulators.devices.scale import CsvShape, DisplayedWeight, csv_st

STX, ETX, END = b"\x02", b"\x03", b"\r\n"


def toledo_continuous(shown: DisplayedWeight) -> bytes:
    places, digits = _digits(shown)
    below = shown.weight is not None and shown.weight < 0
    swa = 0b010_1000 | places + 2
    swb = 0b010_0000 | shown.net | below << 1 | (shown.weight is None) << 2 | (not shown.stable) << 3
    swb |= (shown.unit == "kg") << 4
    swc = 0b010_0000 | (shown.unit == "g")
    frame = STX + bytes((swa, swb, swc)) + digits + b"000000\r"
    return frame + bytes((-sum(frame) % 128,))


def and_balance(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return f"OL,+9999.999{shown.unit:>3}".encode() + END
    return f"{_state(shown)},{_sign(shown)}{_number(shown, 8, '0')}{shown.unit:>3}".encode() + END


def cas_22(shown: DisplayedWeight) -> bytes:
    lamp = 0x80 | shown.stable << 6 | 0x20 | (0x02 if shown.net else 0x04)
    data = " " * 8 if shown.weight is None else _signed(shown, 8)
    return f"{_head(shown)},1".encode() + bytes((lamp,)) + f",{data} {shown.unit:>2}".encode() + END


def cas_18(shown: DisplayedWeight) -> bytes:
    data = " " * 8 if shown.weight is None else _signed(shown, 8)
    return f"{_head(shown)},{data}{shown.unit:>2}".encode() + END


def cas_10(shown: DisplayedWeight) -> bytes:
    return b"" if shown.weight is None else _signed(shown, 8).encode() + END


def cas_cmd(shown: DisplayedWeight) -> bytes:
    body = b"01RWGT" + cas_18(shown).removesuffix(END)
    return STX + body + b"%02X" % (sum(body) & 0xFF) + ETX


def ohaus(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    sign, moving, legend = "-" if shown.weight < 0 else " ", " " if shown.stable else "?", "N" if shown.net else "G"
    return f"{sign}{_number(shown, 7)} {shown.unit:<2}   {moving}{legend}".encode() + END


def sbi_16(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return f"{'High':>10}    ".encode() + END
    return f"{_sign(shown)}{_number(shown, 9)} {shown.unit if shown.stable else '':<3}".encode() + END


def sbi_22(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return f"{'Stat':<6}{'H':>9}     ".encode() + END
    return f"{'N' if shown.net else 'G':<6}".encode() + sbi_16(shown)


def dini(shown: DisplayedWeight) -> bytes:
    data = "  9999.9" if shown.weight is None else _signed(shown, 8, " ")
    return f"{_head(shown)},{data},{shown.unit}".encode() + END


def condec(shown: DisplayedWeight) -> bytes:
    unit, mode = "K" if shown.unit == "kg" else "L", "N" if shown.net else "G"
    if shown.weight is None:
        return STX + f"{'':8}{unit}{mode}O".encode() + END
    sign, status = "-" if shown.weight < 0 else " ", " " if shown.stable else "M"
    return STX + f"{sign}{_number(shown, 7)}{unit}{mode}{status}".encode() + END


def yaohua_y0(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    places, digits = _digits(shown)
    body = _sign(shown).encode() + digits + str(places).encode()
    return STX + body + _exclusive_or(body) + ETX


def yaohua_y1(shown: DisplayedWeight) -> bytes:
    return b"" if shown.weight is None else b"=" + yaohua_y2(shown)[:0:-1]


def yaohua_y2(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    return f"={'-' if shown.weight < 0 else '0'}{_number(shown, 7, '0')}".encode()


def yaohua_y3(shown: DisplayedWeight) -> bytes:
    data = "OL" if shown.weight is None else f"W{'N' if shown.net else 'G'}{_signed(shown, 7)}{shown.unit}"
    body = f"{data:>11}".encode()
    return body + _exclusive_or(body) + END


def yaohua_y4(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    return f"w{'n' if shown.net else 'w'}{_signed(shown, 8)}{shown.unit}".encode() + END


def epelsa(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    return STX + f"{'A' if shown.stable else '!'}{_signed(shown, 8, ' ')}\r".encode() + ETX


def sma(shown: DisplayedWeight) -> bytes:
    status, mode, motion = " " if shown.weight is not None else "O", "N" if shown.net else "G", " M"[not shown.stable]
    data = "" if shown.weight is None else str(shown.weight)
    return f"\n{status}1{mode}{motion} {data:>10}{shown.unit:<3}\r".encode()


def vibra(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    state = "S" if shown.stable else "U"
    return f"{_sign(shown)}{_number(shown, 7, '0')}{shown.unit.upper():>2} {state}".encode() + END


def labelled(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b"OL" + END
    return f"{'NET' if shown.net else 'GROSS'}: {shown.weight!s:>10} {shown.unit}".encode() + END


def adam(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    return f"{'N' if shown.net else 'G'}{_sign(shown)}{_number(shown, 8)} {shown.unit}".encode() + END


FRAMES: Mapping[str, Callable[[DisplayedWeight], bytes]] = {
    "adam": adam,
    "and": and_balance,
    "cas-10": cas_10,
    "cas-18": cas_18,
    "cas-22": cas_22,
    "cas-cmd": cas_cmd,
    "cas-pos": asked_scale.cas_pos,
    "condec": condec,
    "csv-st": lambda shown: csv_st(shown, CsvShape()),
    "dini": dini,
    "epelsa": epelsa,
    "kern-kde": asked_scale.kern_kde,
    "labelled": labelled,
    "mt-sics": asked_scale.mt_sics,
    "nci": asked_scale.nci,
    "ohaus": ohaus,
    "radwag": asked_scale.radwag,
    "sbi-16": sbi_16,
    "sbi-22": sbi_22,
    "sma": sma,
    "toledo-8217": asked_scale.toledo_8217,
    "toledo-continuous": toledo_continuous,
    "vibra": vibra,
    "yaohua-cmd": asked_scale.yaohua_cmd,
    "yaohua-y0": yaohua_y0,
    "yaohua-y1": yaohua_y1,
    "yaohua-y2": yaohua_y2,
    "yaohua-y3": yaohua_y3,
    "yaohua-y4": yaohua_y4,
}
"""Id of a protocol → encoder of its frame."""


def _state(shown: DisplayedWeight) -> str:
    if shown.weight is None:
        return "OL"
    return "ST" if shown.stable else "US"


def _head(shown: DisplayedWeight) -> str:
    return f"{_state(shown)},{'NT' if shown.net else 'GS'}"


def _sign(shown: DisplayedWeight) -> str:
    return "-" if shown.weight is not None and shown.weight < 0 else "+"


def _number(shown: DisplayedWeight, width: int, fill: str = " ") -> str:
    """The number without its sign; "" above capacity."""
    return ("" if shown.weight is None else str(abs(shown.weight))).rjust(width, fill)


def _signed(shown: DisplayedWeight, width: int, fill: str = "0") -> str:
    """The number with its minus in the first column or, with blanks as filler, before the first digit."""
    if shown.weight is None or shown.weight >= 0:
        return _number(shown, width, fill)
    return f"-{_number(shown, width - 1, fill)}" if fill == "0" else f"-{_number(shown, 0)}".rjust(width)


def _digits(shown: DisplayedWeight) -> tuple[int, bytes]:
    """Decimal places, and six digits without a point."""
    if shown.weight is None:
        return 0, b"000000"
    places = -int(shown.weight.as_tuple().exponent)
    return places, f"{int(abs(shown.weight).scaleb(places)):06}".encode()


def _exclusive_or(body: bytes) -> bytes:
    return b"%02X" % reduce(xor, body)
