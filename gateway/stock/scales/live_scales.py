"""Hold the present state of each scale of the stock, and what it shows now."""

from gateway.config import StockScale
from gateway.records.transaction import Fold
from gateway.stock.scales.bench_scale import BenchScale, BenchState
from gateway.stock.scales.bin_scale import BinScale, BinState, Live

VERSION = "bin-scale-2"
BENCH_VERSION = "bench-scale-2"
"""Changed whenever the same weighings would give other movements: saved states are then discarded."""


class LiveScale:
    """One bin scale, its item and its state. `batch`: the batch of food for which its item is issued now."""

    __slots__ = ("batch", "item", "live", "place", "point", "saved_at", "scale", "state", "updated_at", "version")

    def __init__(self, plan: StockScale, item: str, place: str) -> None:
        self.point = plan.point
        self.item = item
        self.place = place
        self.batch: str | None = None
        self.scale = BinScale(item, plan.point, plan.division, plan.minimum, plan.capacity)
        self.state: BinState = self.scale.start()
        self.live: Live | None = None
        self.saved_at = -1
        self.updated_at: int | None = None
        self.version = f"{VERSION}:{item}"

    def fold(self) -> Fold:
        """Return the state as the journal stores it."""
        return Fold(self.point, self.version, self.saved_at, self.state.to_json())


class LiveBench:
    """One bench scale, its state, and the session that is open on it."""

    __slots__ = ("live", "point", "saved_at", "scale", "session", "state", "still_since", "updated_at", "uses")

    def __init__(self, plan: StockScale) -> None:
        self.point = plan.point
        self.uses = frozenset(plan.uses or ("receive", "issue", "waste", "count"))
        self.scale = BenchScale(plan.point, plan.division, plan.minimum, plan.capacity)
        self.state = BenchState()
        self.session: str | None = None
        self.live: Live | None = None
        self.saved_at = -1
        self.updated_at: int | None = None
        self.still_since: int | None = None
        """Since when it has been stable, or moving."""

    version = BENCH_VERSION

    def fold(self) -> Fold:
        """Return the state as the journal stores it."""
        return Fold(self.point, BENCH_VERSION, self.saved_at, self.state.to_json())
