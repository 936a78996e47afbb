"""A kitchen with scales on a real journal, without links and threads: things are put on, people command."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from desk import Person
from kitchen_rig import SECOND, KitchenRig
from shapes import as_client

from drivers.reading import Quality, Quantity, Reading
from gateway.config import parse
from gateway.monitoring.alarm_commands import ALARM_COMMANDS
from gateway.monitoring.batches.commands import BATCH_COMMANDS
from gateway.records.commands import RefusedError, bind
from gateway.runtime.commands import alarm_scope, batch_scope, stock_scope
from gateway.stock.changes_feed import StockFeed
from gateway.stock.commands.table import STOCK_COMMANDS

DAY = 86_400 * SECOND
START = 1_795_478_400 * SECOND  # 2026-11-24 07:00 in Jakarta
TENTH = SECOND // 10
COMMIT_EVERY = 3  # tenths of a second
PLAN = """
kitchen: {id: k1, name: Dapur, people: [{id: siti, name: Siti}, {id: dedi, name: Dedi}]}
devices:
  - {id: bin, driver: csv-st, port: /dev/bin}
  - {id: bench, driver: csv-st, port: /dev/bench}
  - {id: second, driver: csv-st, port: /dev/second}
  - {id: chiller, driver: modbus-rtu, map: xy-md02, port: /dev/chiller, slave: 1}
points:
  - {id: bin-weight, name: Bin, device: bin, quantity: weight, interval: 10s}
  - {id: bench-weight, name: Bench, device: bench, quantity: weight, interval: 10s}
  - {id: second-weight, name: Second, device: second, quantity: weight, interval: 10s}
  - {id: chiller-air, name: Chiller, device: chiller, channel: T, quantity: temperature, interval: 10s}
control_points:
  - {id: ccp-chiller, kind: cold_holding, point: chiller-air, critical_limit: 5, on_delay: 30m}
stock:
  items:
    - {id: rice, name: {id: Beras, en: Rice}, store: dry, storage: dry, reorder_point: 20}
    - {id: chicken, name: {id: Ayam, en: Chicken}, store: chiller-1, storage: meat, barcodes: ["08991234567891"]}
    - {id: fish, name: {id: Ikan, en: Fish}, store: chiller-1, storage: fish}
    - {id: oil, name: {id: Minyak, en: Oil}, unit: L, density: 0.92}
    - {id: egg, name: {id: Telur, en: Egg}, unit: pcs, piece: 0.06}
  scales:
    - {point: bin-weight, item: rice}
    - {point: bench-weight, capacity: 60}
    - {point: second-weight, uses: [waste]}
  stores:
    - {id: dry, name: Gudang kering}
    - {id: chiller-1, name: Chiller 1, points: [chiller-air]}
  containers: [{id: crate, name: {id: Krat, en: Crate}, tare: 1.85}]
  suppliers: [{id: tani, name: UD Tani}]
  recipes: [{id: chicken-rice, name: {id: Nasi ayam, en: Chicken rice}, ingredients: {rice: 100, chicken: 60}}]
  schools: [{id: sdn-2, name: SDN 2}, {id: tk-1, name: TK 1}]
"""


class Rig(KitchenRig):
    """The kitchen, its journal, and a hand at each scale."""

    def __init__(self, folder: Path, plan: str = PLAN) -> None:
        self.now = START
        self.loads = dict.fromkeys(("bin", "bench", "second"), Decimal("0.00"))
        self.food: set[str] | None = None
        """Batches of food that there are; any name will do where it is None: they have tests of their own."""
        super().__init__(folder, START, parse(plan, Path("kitchen.yaml")))

    def begin(self) -> None:
        self.person = Person(
            [
                *bind(ALARM_COMMANDS, alarm_scope(self.kitchen)),
                *bind(BATCH_COMMANDS, batch_scope(self.kitchen)),
                *bind(STOCK_COMMANDS, replace(stock_scope(self.kitchen), knows_batch=self._knows_batch)),
            ],
            is_stored=self.journal.reads.state.has_event,
        )
        self.news = StockFeed(self.kitchen.stores, self.journal)

    def _knows_batch(self, name: str) -> bool:
        return self.food is None or name in self.food

    def restart(self, now: int | None = None) -> None:
        super().restart(self.now if now is None else now)

    def commit(self, now: int | None = None) -> None:
        super().commit(self.now if now is None else now)
        assert self.journal.lost_since is None or self.kitchen.stores.blind, self.journal.lost_text

    # At a scale

    def reading(self, device: str, kg: Decimal | None, *, stable: bool = True, tare: float | None = None) -> None:
        reading = Reading(
            device=device,
            channel="weight",
            quantity=Quantity.WEIGHT,
            value=None if kg is None else float(kg),
            unit="kg",
            measured_at=self.now,
            stable=stable,
            quality=Quality.BAD if kg is None else Quality.GOOD,
            tare=tare,
        )
        self.kitchen.take(self.batch, reading, self.now)

    def wait(self, seconds: float, *, devices: tuple[str, ...] | None = None, stable: bool = True) -> None:
        """Time goes on, every scale sends ten lines a second, and whatever is drawn is committed."""
        for number in range(round(seconds * 10)):
            self.now += TENTH
            for device in devices or tuple(self.loads):
                self.reading(device, self.loads[device], stable=stable)
            self.kitchen.tick(self.batch, self.now)
            if self.batch.events or number % COMMIT_EVERY == 0:
                self.commit()

    def put(self, device: str, kg: str, *, settle: float = 4.0) -> None:
        """Put something on, or take it off below zero; it moves for a second."""
        steps = [self.loads[device] + Decimal(kg) * n / 5 for n in (1, 3, 6, 4, 5)]
        for load in steps:
            self.now += TENTH
            self.reading(device, load.quantize(Decimal("0.01")), stable=False)
        self.loads[device] += Decimal(kg)
        self.wait(settle)

    def empty(self, device: str, *, settle: float = 2.0) -> None:
        self.put(device, str(-self.loads[device]), settle=settle)

    # People

    def do(self, command: str, /, *, key: str | None = None, **args: Any) -> dict[str, Any]:
        """Give a command and commit it; RefusedError when it is refused."""
        key = key or str(uuid4())
        result = self.person.give(self.batch, command, {"who": "siti", **args}, key=key, now=self.now)
        self.commit()
        return result

    def refusal(self, command: str, /, **args: Any) -> tuple[str, str]:
        """The word and the sentence with which a command is refused; it must change nothing."""
        self.commit()
        before = self.books()
        try:
            self.do(command, **args)
        except RefusedError as error:
            assert not self.batch, "a refused command leaves nothing behind"
            assert self.books() == before
            return error.error, str(error)
        raise AssertionError(f"{command} was not refused")

    # Asking

    def snapshot(self) -> dict[str, Any]:
        """The stock as a new client gets it."""
        snapshot: dict[str, Any] = as_client(self.news.snapshot(self.now))
        return snapshot

    def books(self) -> dict[tuple[str, str, str], str]:
        """What every account holds, where that is not nothing."""
        held = self.kitchen.stores.books.holdings
        return {tuple(map(str, account)): str(h.quantity) for account, h in held.items() if h.quantity}  # type: ignore[misc]

    def at(self, place: str) -> dict[str, Decimal]:
        """Kg of each item at a place."""
        found: dict[str, Decimal] = {}
        for item, held in self.kitchen.stores.books.at(place):
            found[item] = found.get(item, Decimal(0)) + held.quantity
        return found

    def total(self, condition: Callable[[str], bool]) -> Decimal:
        """Kg over all places that fit."""
        holdings = self.kitchen.stores.books.holdings
        return sum((h.quantity for account, h in holdings.items() if condition(account.place)), Decimal(0))

    def check(self) -> None:
        """The journal has what memory has; the sum of all places is zero; no lot is below zero."""
        rows = self.rows("SELECT item, lot, place, quantity, since, until FROM holding")
        held = self.kitchen.stores.books.holdings
        assert {(i, lot, p): (Decimal(q), s, u) for i, lot, p, q, s, u in rows} == {
            tuple(map(str, account)): tuple(holding) for account, holding in held.items()
        }
        sums: dict[tuple[str, str], Decimal] = {}
        for (item, lot, place), (quantity, *_) in held.items():
            sums[item, lot] = sums.get((item, lot), Decimal(0)) + quantity
            assert quantity >= 0 or place in {"supplier", "adjustment"}, (item, lot, place, quantity)
        assert set(sums.values()) <= {Decimal(0)}
        self._refold(held)

    def _refold(self, held: Any) -> None:
        """A fold over the movements of the journal gives the same balances."""
        folded: dict[tuple[str, ...], Decimal] = {}
        for item, lot, source, destination, quantity in self.rows(
            "SELECT item, lot, source, destination, quantity FROM movement ORDER BY id"
        ):
            for place, sign in ((source, -1), (destination, 1)):
                account = (item, lot, place)
                folded[account] = folded.get(account, Decimal(0)) + sign * Decimal(quantity)
        assert folded == {tuple(map(str, account)): holding.quantity for account, holding in held.items()}
