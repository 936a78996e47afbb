"""From the machine's clock, which may be wrong and may be stepped, to the gateway's time (pure).

    machine's time, monotonic time, whether it is trusted  →  gateway's time, what happened

A known clock is followed: a difference below a minute is made up by a second in ten, so that the time never stands,
goes back or leaps; a greater one is taken over at once and told. An unknown clock is not asked: the time goes on from
the last known one by the monotonic clock, until the machine's is trusted. Times are microseconds.
"""

from typing import NamedTuple

from gateway.records.quality import EARLIEST, MINUTE

JUMP = MINUTE
"""From here on a difference is a jump: a date that is wrong by less is right, nothing in a kitchen is dated better."""
STEP = 1_000_000
"""A change of the machine's clock from here on is somebody's doing; a smaller one is its usual correction."""
SLEW = 10
"""A second of difference is made up in so many: a duration is wrong by a tenth at most, and for ten minutes."""


class Pace(NamedTuple):
    """The gateway's time was `at` when the monotonic clock showed `seen`; `off` is still to be made up from there.

    Attributes:
        skew: the machine's time less the monotonic one, when last looked at.
        correction: what a person said that the machine's clock is wrong by; it ends when that is stepped.
    """

    at: int
    seen: int
    off: int
    skew: int
    known: bool
    correction: int = 0


class Jumped(NamedTuple):
    """The known clock shows `new` where it should show `old`; the time follows at once."""

    old: int
    new: int


class BecameKnown(NamedTuple):
    """The unknown time was `old` when the true one was `new`."""

    old: int
    new: int


class Slewed(NamedTuple):
    """The known clock was stepped by less than a jump; the time gets from `old` to `new` within minutes."""

    old: int
    new: int


Happened = Jumped | BecameKnown | Slewed


class Machine(NamedTuple):
    """One look at the machine: its time, the monotonic one of the same moment, and whether it may be believed."""

    time: int
    monotonic: int
    trusted: bool


def time_of(pace: Pace, monotonic: int) -> int:
    """The gateway's time; it grows with the monotonic clock."""
    passed = monotonic - pace.seen
    made_up = min(abs(pace.off), max(passed, 0) // SLEW)
    return pace.at + passed + (made_up if pace.off > 0 else -made_up)


def begin(machine: Machine, *, last_known: int, same_boot: bool, correction: int = 0) -> Pace:
    """The start. A time before the first day that a set clock can show is not believed, whoever vouches for it.

    Args:
        machine: how it stands.
        last_known: the gateway's time at its last sign of life, with what has passed since in the same boot; 0: none.
        same_boot: it is exact: whatever the machine shows besides it is a step, and the first look tells it.
        correction: what a person said in this boot.
    """
    true, last_known = machine.time + correction, max(last_known, EARLIEST)
    known = machine.trusted and true >= EARLIEST
    if known and same_boot:
        return Pace(last_known, machine.monotonic, 0, last_known - correction - machine.monotonic, known, correction)
    at = max(true, last_known) if known else last_known
    return Pace(at, machine.monotonic, 0, machine.time - machine.monotonic, known, correction)


def look(pace: Pace, machine: Machine) -> tuple[Pace, Happened | None]:
    """Look at the machine's clock again; its monotonic time does not go back."""
    now = time_of(pace, machine.monotonic)
    skew = machine.time - machine.monotonic
    stepped = abs(skew - pace.skew) >= STEP
    correction = 0 if stepped and pace.known else pace.correction
    true = machine.time + correction
    seen = Pace(now, machine.monotonic, 0, skew, pace.known, correction)
    if true < EARLIEST or not (pace.known or machine.trusted):
        return seen, None
    if not pace.known:
        return seen._replace(at=true, known=True), BecameKnown(now, true)
    if abs(true - now) >= JUMP:
        return seen._replace(at=true), Jumped(now, true)
    return seen._replace(off=true - now), Slewed(now, true) if stepped else None


def confirmed(pace: Pace, machine: Machine, true: int) -> Pace:
    """A person said what time it is; the next look takes it over."""
    return pace._replace(correction=true - machine.time, skew=machine.time - machine.monotonic)
