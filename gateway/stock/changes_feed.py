"""What people at the control socket are told of the stock: all of it once, then what changes."""

from typing import Any

from gateway.journal.journal import Journal
from gateway.stock.catalogue_snapshot import catalogue_now
from gateway.stock.changes import StockChanges
from gateway.stock.records import movement_record, recorded_movement
from gateway.stock.snapshot import bench_now, plans_now, scales_now, session_now, stock_now
from gateway.stock.stores import Stores

MOVEMENTS_SHOWN = 20
Json = dict[str, Any]


class StockFeed:
    """The keys `stock`, `movements`, `benches`, `sessions`, `plans` and `catalogue` of snapshot and change."""

    def __init__(self, stores: Stores, journal: Journal) -> None:
        self._stores = stores
        rows = journal.reads.stock.newest_movements(MOVEMENTS_SHOWN)
        self._movements = [recorded_movement(row) for row in rows]
        self._day = None if not rows else self._stores.today(rows[0][-1])

    def snapshot(self, now: int) -> Json:
        stores = self._stores
        return {
            "stock": [stock_now(item, stores, now) for item in stores.catalogue.items],
            "movements": self._movements,
            "benches": [bench_now(bench, stores) for bench in stores.scales.benches.values()],
            "sessions": [session_now(session, stores) for session in stores.sessions.values()],
            "plans": plans_now(stores),
            "catalogue": catalogue_now(stores.catalogue),
        }

    def change(self, changes: StockChanges, now: int) -> Json:
        """Return what changed; on another day, covers, dates and what was used today changed too."""
        stores, change = self._stores, Json()
        if changes.movements:
            fresh = [movement_record(movement, now) for movement in reversed(changes.movements)]
            self._movements = (fresh + self._movements)[:MOVEMENTS_SHOWN]
            change["movements"] = fresh[:MOVEMENTS_SHOWN]
        if changes.sessions:
            change["sessions"] = [session_now(session, stores) for session in changes.sessions.values()]
        if changes.plans:
            change["plans"] = plans_now(stores)
        if changes.catalogue:
            change["catalogue"] = catalogue_now(stores.catalogue)
        today = stores.today(now)
        if today != self._day:
            self._day = today
            changes.moved(stores.catalogue.items)
        if changes.items:
            change["stock"] = [
                stock_now(item, stores, now) if whole else scales_now(item, stores)
                for item, whole in changes.items.items()
            ]
        if changes.benches:
            change["benches"] = [bench_now(stores.scales.benches[name], stores) for name in changes.benches]
        return change
