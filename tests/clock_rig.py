"""A kitchen by a clock that can be set, without links: readings stand at their arrival."""

from pathlib import Path

from fakes import SECOND, FakeMachine
from kitchen_rig import CONFIG, KitchenRig, cold
from msgspec.structs import replace

from drivers.reading import Reading
from gateway.config import Config
from gateway.journal.history.clock import last_known
from gateway.runtime.clock import pace
from gateway.runtime.clock.clock import GatewayClock
from gateway.runtime.clock.pace import Happened, Machine, Pace
from gateway.runtime.clock.watch import ClockWatch


class ClockRig(KitchenRig):
    """As `__main__` and the pipeline put it together."""

    def __init__(self, folder: Path, now: int, *, trusted: bool = True, config: Config = CONFIG) -> None:
        self.computer = FakeMachine(now)
        self.trusted = trusted
        self.boot = "first"
        super().__init__(folder, now, config)

    def start(self, _: int, /) -> None:
        """Start at the time of the clock."""
        known_at, state = last_known(self.path)
        same_boot = state is not None and state.boot == self.boot

        def begin(machine: Machine) -> Pace:
            if state is None or not same_boot:
                return pace.begin(machine, last_known=known_at, same_boot=False)
            machine = machine._replace(trusted=machine.trusted and state.undated is None)
            return pace.begin(machine, last_known=state.ahead + machine.monotonic, same_boot=True)

        self.clock = GatewayClock(self.computer, boot=self.boot, is_trusted=lambda: self.trusted, begin=begin)
        super().start(self.clock.now())
        self.watch = ClockWatch(self.clock, self.kitchen, self.journal)
        self.watch.begin(self.batch, state)
        self.commit(self.clock.now())

    def send(self, value: float, *, own_time: int | None = None, after: int = 10 * SECOND) -> None:
        """The chiller's sensor tells its value."""
        self.computer.wait(after)
        reading: Reading = replace(cold(0, value), measured_at=own_time)
        self.kitchen.take(self.batch, reading, self.clock.now())
        self.kitchen.tick(self.batch, self.clock.now())
        self.commit(self.clock.now())

    def look(self, *, crash: bool = False) -> Happened | None:
        """As the pipeline does; `crash`: right before the commit."""
        happened = self.watch.look()
        if happened is not None:
            self.watch.draw(self.batch, happened)
        if crash:
            self.restart(0)
        else:
            self.commit(self.clock.now())
        return happened
