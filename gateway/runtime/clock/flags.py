"""The gateway's clock as kitchen.yaml and the command line want it: the machine's, or for tests a turned one."""

import argparse
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.journal.history.clock import last_known
from gateway.runtime.clock import pace
from gateway.runtime.clock.clock import GatewayClock, MachineClock, RealClock, TurnedClock
from gateway.runtime.clock.kernel import boot_id, is_synchronised
from gateway.runtime.clock.pace import Machine, Pace

log = logging.getLogger(__name__)


def add_clock_flags(parser: argparse.ArgumentParser) -> None:
    """What turns the clock; `mbg-gateway run` refuses all of it."""
    parser.add_argument("--clock-start", type=datetime.fromisoformat, help="for tests and the demonstration")
    parser.add_argument("--clock-speed", type=float, default=1.0)
    parser.add_argument("--clock-origin", type=float, help="real seconds since 1970 at which --clock-start holds")
    parser.add_argument("--clock-off", type=Path, metavar="FILE", help="by how many seconds it is wrong now")
    parser.add_argument("--clock-synced", type=Path, metavar="FILE", help="is there when the kernel's flag is")
    parser.add_argument("--clock-boot", help="another run of the machine")


def clock_of(args: argparse.Namespace, *, source: str, journal: Path) -> GatewayClock:
    """The clock of this process. `source`: of kitchen.yaml; `journal`: where the last known time stands."""
    machine = _machine(args)
    boot = args.clock_boot or boot_id()
    known_at, state = last_known(journal)
    same_boot = state is not None and state.boot == boot != ""

    def begin(looked: Machine) -> Pace:
        if state is None or not same_boot:
            return pace.begin(looked, last_known=known_at, same_boot=False)
        at = state.ahead + looked.monotonic
        # The readings of a span without a date are moved by the first look, not by the start.
        looked = looked._replace(trusted=looked.trusted and state.undated is None)
        return pace.begin(looked, last_known=at, same_boot=True, correction=state.correction)

    return GatewayClock(
        machine,
        boot=boot,
        is_trusted=_trust(source, _flag(args, machine)),
        vouched=same_boot and state is not None and (state.known or state.confirmed),
        begin=begin,
    )


def _machine(args: argparse.Namespace) -> MachineClock:
    if args.clock_start is None:
        return RealClock()
    start = round(args.clock_start.timestamp() * 1_000_000)
    origin = round(args.clock_origin * 1_000_000)
    told: Path | None = args.clock_off
    off = (lambda: float(told.read_text())) if told is not None else (lambda: 0.0)
    return TurnedClock(start=start, origin=origin, speed=args.clock_speed, off=off)


def _flag(args: argparse.Namespace, machine: MachineClock) -> Callable[[], bool | None]:
    """Whether the kernel says that the clock is set; that of a turned clock is, if it is not told otherwise."""
    if not isinstance(machine, TurnedClock):
        return is_synchronised
    there: Path | None = args.clock_synced
    return lambda: there is None or there.exists()


def _trust(source: str, flag: Callable[[], bool | None]) -> Callable[[], bool]:
    """Whether the machine's time may be believed although nobody has vouched for it yet."""
    if source != "auto":
        return lambda: source == "rtc"
    if flag() is None:
        log.warning("the kernel does not say whether its clock is set, so it is believed, as with clock.source: rtc")
    return lambda: flag() is not False
