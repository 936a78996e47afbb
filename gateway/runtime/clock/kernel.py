"""What the kernel tells of its clock: whether it is set (adjtimex(2): TIME_ERROR, STA_UNSYNC), and which boot this is.

chronyd, ntpd and systemd-timesyncd set the flag when a server has told them the time; it is gone after a boot.
"""

import ctypes
from pathlib import Path

TIME_ERROR = 5
STA_UNSYNC = 0x0040
BOOT = Path("/proc/sys/kernel/random/boot_id")


class _Timex(ctypes.Structure):
    """The beginning of struct timex; `rest` is longer than what follows in any kernel."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def is_synchronised() -> bool | None:
    """None where the kernel does not say: other systems, some containers."""
    try:
        asked = _Timex()
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else meaning(state, asked.status)


def meaning(state: int, status: int) -> bool:
    """What adjtimex returned and wrote as `status`: whether the clock is set."""
    return state != TIME_ERROR and not status & STA_UNSYNC


def boot_id() -> str:
    """Which run of the machine this is (random(4)); empty where the kernel does not tell."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""
