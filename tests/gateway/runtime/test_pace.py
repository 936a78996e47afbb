"""The gateway's time against a machine's clock that does what it likes."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.records.quality import EARLIEST
from gateway.runtime.clock import kernel as kernel_clock
from gateway.runtime.clock.pace import (
    JUMP,
    SLEW,
    STEP,
    BecameKnown,
    Happened,
    Jumped,
    Machine,
    Pace,
    Slewed,
    begin,
    confirmed,
    look,
    time_of,
)

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
NOW = 1_795_500_000 * SECOND
STEPS = st.one_of(st.just(0), st.integers(-(10**17), 10**17), st.integers(-2 * JUMP, 2 * JUMP))
LOOKS = st.lists(st.tuples(st.integers(0, 10 * HOUR), STEPS, st.booleans()))
"""Time until a look, a step of the machine's clock before it, whether the kernel's flag is there."""


@dataclass
class Computer:
    """A machine that is switched on at `now`."""

    now: int
    monotonic: int = 5 * SECOND

    def begin(self, *, trusted: bool = True, last_known: int = NOW, same_boot: bool = False) -> Pace:
        machine = Machine(self.now, self.monotonic, trusted)
        return begin(machine, last_known=last_known, same_boot=same_boot)

    def look(self, pace: Pace, after: int, step: int = 0, *, trusted: bool = True) -> tuple[Pace, Happened | None]:
        self.monotonic += after
        self.now += after + step
        return look(pace, Machine(self.now, self.monotonic, trusted))

    def time(self, pace: Pace) -> int:
        return time_of(pace, self.monotonic)


@given(st.integers(0, 2 * NOW), st.booleans(), st.integers(0, 2 * NOW), LOOKS)
def test_the_time_follows_the_monotonic_clock_but_for_what_is_told_and_becomes_known_once(
    machine_now: int, trusted: bool, last_known: int, looks: list[tuple[int, int, bool]]
) -> None:
    computer = Computer(machine_now)
    pace = computer.begin(trusted=trusted, last_known=last_known)
    time, was_known = computer.time(pace), pace.known
    assert time >= max(EARLIEST, last_known)
    for after, step, is_trusted in looks:
        before = time_of(pace, computer.monotonic + after)
        pace, happened = computer.look(pace, after, step, trusted=is_trusted)
        assert after - after // SLEW - 1 <= before - time <= after + after // SLEW + 1
        match happened:
            case Jumped(old, new) | BecameKnown(old, new):
                assert (old, new) == (before, computer.time(pace))
                assert new == computer.now
            case _:
                assert computer.time(pace) == before
        assert isinstance(happened, BecameKnown) == (pace.known and not was_known)
        time, was_known = computer.time(pace), pace.known
        assert time >= EARLIEST
        if pace.known and computer.now >= EARLIEST:
            assert abs(time - computer.now) < JUMP


@given(st.lists(st.integers(0, 3 * SECOND)), st.integers(-JUMP + 1, JUMP - 1))
def test_no_two_moments_have_the_same_time_and_a_small_step_is_made_up(waits: list[int], step: int) -> None:
    computer = Computer(NOW)
    pace, happened = computer.look(computer.begin(), 0, step)
    assert isinstance(happened, Slewed) == (abs(step) >= STEP)
    times = [computer.time(pace)]
    for wait in waits:
        computer.monotonic += wait + 2
        computer.now += wait + 2
        times.append(computer.time(pace))
    assert len(set(times)) == len(times)
    assert times == sorted(times)
    pace, _ = computer.look(pace, SLEW * JUMP)
    assert computer.time(pace) == computer.now


def test_a_boot_in_1970_goes_on_from_the_last_known_time_until_the_clock_is_set() -> None:
    computer = Computer(0)
    pace = computer.begin()
    assert (pace.known, computer.time(pace)) == (False, NOW)
    pace, happened = computer.look(pace, HOUR)
    assert (happened, computer.time(pace)) == (None, NOW + HOUR)
    pace, happened = computer.look(pace, SECOND, NOW + 9 * HOUR)
    assert happened == BecameKnown(NOW + HOUR + SECOND, NOW + 10 * HOUR + SECOND)


def test_a_clock_that_is_set_back_while_the_gateway_is_off_is_told_as_one_that_is_set_back_while_it_runs() -> None:
    computer = Computer(NOW - 2 * HOUR)
    pace = computer.begin(last_known=NOW)
    assert computer.time(pace) == NOW
    pace, happened = computer.look(pace, SECOND)
    assert happened == Jumped(NOW + SECOND, NOW - 2 * HOUR + SECOND)


def test_what_a_person_says_holds_until_the_machine_is_set() -> None:
    computer = Computer(NOW - 2 * HOUR)
    pace = computer.begin(trusted=False, last_known=NOW - 3 * HOUR)
    pace = confirmed(pace, Machine(computer.now, computer.monotonic, trusted=True), NOW)
    pace, happened = computer.look(pace, SECOND)
    assert happened == BecameKnown(NOW - 3 * HOUR + SECOND, NOW + SECOND)
    pace, happened = computer.look(pace, HOUR)
    assert (happened, computer.time(pace)) == (None, NOW + HOUR + SECOND)
    pace, happened = computer.look(pace, SECOND, 2 * HOUR + 2 * SECOND)
    assert isinstance(happened, Slewed)
    assert pace.correction == 0
    pace, happened = computer.look(pace, SECOND, DAY)
    assert isinstance(happened, Jumped)


def test_the_kernel_says_so_in_either_of_two_ways() -> None:
    assert kernel_clock.meaning(0, 0x2001)
    assert not kernel_clock.meaning(kernel_clock.TIME_ERROR, 0)
    assert not kernel_clock.meaning(0, kernel_clock.STA_UNSYNC)
