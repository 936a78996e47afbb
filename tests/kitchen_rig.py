"""A kitchen on a real journal, without links and threads: the rig under those of food, clock and stock."""

import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from drivers.reading import UNIT_OF, Quantity, Reading
from gateway.config import Config, parse
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.clock import ALIVE
from gateway.journal.journal import Journal
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.restore import go_on, kitchen_of
from gateway.records.transaction import Transaction

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOW = 1_795_500_000_000_000
PLAN = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: c1, driver: senml-json}, {id: s1, driver: csv-st, port: /dev/scale}]
points:
  - {id: c1-air, name: C, device: c1, channel: temperature, quantity: temperature, interval: 1m, range: [-40, 80],
     offset: -0.5}
  - {id: s1-weight, name: S, device: s1, channel: weight, quantity: weight, interval: 10s}
control_points:
  - {id: ccp-c1, kind: cold_holding, point: c1-air, critical_limit: 5, warning_limit: 4, on_delay: 5m,
     warning_on_delay: 2m, off_delay: 1m}
stock: {items: [{id: rice, name: Rice}], scales: [{point: s1-weight, item: rice}]}
"""
CONFIG: Config = parse(PLAN, Path("kitchen.yaml"))


def kinds_of(config: Config) -> dict[str, tuple[str, str]]:
    """Quantity and unit of each point, as a journal is opened with."""
    return {point.id: (point.quantity.value, UNIT_OF[point.quantity]) for point in config.points}


class KitchenRig:
    """A kitchen and its journal. `batch`: the transaction that is open."""

    def __init__(self, folder: Path, now: int = NOW, config: Config = CONFIG) -> None:
        self.config = config
        self.path = folder / "journal.db"
        self.start(now)

    def start(self, now: int) -> None:
        """Open the journal and go on from where it stands."""
        self.journal = Journal(self.path, kinds_of(self.config), now)
        weakref.finalize(self, self.journal.close)
        self.kitchen: Kitchen = kitchen_of(self.config, self.journal, now)
        self.batch = Transaction()
        self.begin()
        go_on(self.kitchen, self.journal, self.batch, now)
        self.commit(now)

    def begin(self) -> None:
        """Prepare what a variant puts around the kitchen, before that goes on."""

    def restart(self, now: int) -> None:
        """As after SIGKILL: what was committed is there, nothing else."""
        self.journal.close()
        self.start(now)

    def commit(self, now: int) -> None:
        """Commit what is open."""
        self.batch.meta.setdefault(ALIVE, str(now))
        transaction, self.batch = self.batch, Transaction()
        self.journal.commit(transaction, now)
        self.kitchen.committed()
        self.committed(transaction, now)

    def committed(self, transaction: Transaction, now: int) -> None:
        """Do what a variant does after a commit."""

    def take(self, readings: Iterable[Reading], now: int | None = None) -> None:
        """Take readings as they were measured, or all of them at `now`."""
        for reading in readings:
            self.kitchen.take(self.batch, reading, now or reading.measured_at or NOW)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the journal's file, as another program would."""
        connection = open_read_only(self.path)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()


def cold(minute: float, value: float | None, **more: object) -> Reading:
    return Reading(
        device="c1",
        channel="temperature",
        quantity=Quantity.TEMPERATURE,
        value=value,
        unit="Cel",
        measured_at=NOW + round(minute * MINUTE),
        **more,  # type: ignore[arg-type]
    )


def weighing(second: float, kg: float, *, stable: bool = True) -> Reading:
    return Reading(
        device="s1",
        channel="weight",
        quantity=Quantity.WEIGHT,
        value=kg,
        unit="kg",
        measured_at=NOW + round(second * SECOND),
        stable=stable,
    )
