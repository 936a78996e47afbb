"""What people at the control socket are told of the stock: all of it once, then what changes."""

from typing import Any

from gateway.journal.journal import Journal
from gateway.monitoring.kitchen import Kitchen
from gateway.stock.snapshot import (
    bench_now,
    catalogue_now,
    movement_now,
    movement_then,
    plans_now,
    scale_now,
    session_now,
    stock_now,
)

MOVEMENTS_SHOWN = 20
Json = dict[str, Any]


class StockNews:
    """The keys `stock`, `movements`, `benches`, `sessions`, `plans` and `catalogue` of snapshot and change."""

    def __init__(self, kitchen: Kitchen, journal: Journal) -> None:
        self._stores = kitchen.stores
        rows: list[tuple[Any, ...]] = journal.ask(lambda disk: disk.movements(MOVEMENTS_SHOWN), [])
        self._movements = [movement_then(row) for row in rows]
        self._day = None if not rows else self._stores.today(rows[0][-1])

    def snapshot(self, now: int) -> Json:
        stores = self._stores
        return {
            "stock": [stock_now(item, stores, now) for item in stores.catalogue.items],
            "movements": self._movements,
            "benches": [bench_now(bench, stores) for bench in stores.benches.values()],
            "sessions": [session_now(session, stores) for session in stores.sessions.values()],
            "plans": plans_now(stores),
            "catalogue": catalogue_now(stores.catalogue),
        }

    def at_once(self, now: int) -> Json:
        """What is told with the commit that made it: movements, and sessions with their loads."""
        stores, change = self._stores, Json()
        if stores.moved:
            fresh = [movement_now(movement, now) for movement in reversed(stores.moved)]
            stores.moved.clear()
            self._movements = (fresh + self._movements)[:MOVEMENTS_SHOWN]
            change["movements"] = fresh[:MOVEMENTS_SHOWN]
        if stores.changed_sessions:
            change["sessions"] = [session_now(session, stores) for session in stores.changed_sessions.values()]
            stores.changed_sessions.clear()
        if stores.changed_plans:
            stores.changed_plans = False
            change["plans"] = plans_now(stores)
        if stores.changed_catalogue:
            stores.changed_catalogue = False
            change["catalogue"] = catalogue_now(stores.catalogue)
        return change

    def changed(self, now: int) -> Json:
        """What is told as often as readings are: levels, and what the scales show."""
        stores, change = self._stores, Json()
        today = stores.today(now)
        if today != self._day:
            # Covers, dates and what was used today are another day's.
            self._day = today
            stores.changed.update(dict.fromkeys(stores.catalogue.items, True))
        if stores.changed:
            change["stock"] = [
                stock_now(item, stores, now) if whole else scale_now(item, stores)
                for item, whole in stores.changed.items()
            ]
            stores.changed.clear()
        if stores.changed_benches:
            change["benches"] = [bench_now(stores.benches[name], stores) for name in stores.changed_benches]
            stores.changed_benches.clear()
        return change
