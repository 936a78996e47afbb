"""Hold the present state of each scale of the stock, and what it shows now."""

from collections.abc import Callable, Iterable

import msgspec

from gateway.config import StockScale
from gateway.records.transaction import Fold
from gateway.stock.scales.bench_scale import BenchScale, BenchState
from gateway.stock.scales.bin_scale import BinScale, BinState, ScaleDisplay

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
        self.live: ScaleDisplay | None = None
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
        self.live: ScaleDisplay | None = None
        self.saved_at = -1
        self.updated_at: int | None = None
        self.still_since: int | None = None
        """Since when it has been stable, or moving."""

    version = BENCH_VERSION

    def fold(self) -> Fold:
        """Return the state as the journal stores it."""
        return Fold(self.point, BENCH_VERSION, self.saved_at, self.state.to_json())


class Scales:
    """All scales of a kitchen's stock, by their points: bins that book by themselves, and benches."""

    def __init__(self, plans: Iterable[StockScale], store_of: Callable[[str], str]) -> None:
        """`store_of`: the place where an item is kept."""
        self.bins: dict[str, LiveScale] = {}
        self.benches: dict[str, LiveBench] = {}
        for plan in plans:
            if plan.item is None:
                self.benches[plan.point] = LiveBench(plan)
            else:
                self.bins[plan.point] = LiveScale(plan, plan.item, store_of(plan.item))

    @property
    def points(self) -> list[str]:
        """The points of all scales."""
        return [*self.bins, *self.benches]

    def bins_of(self, item: str) -> list[LiveScale]:
        """Return the bin scales of an item."""
        return [scale for scale in self.bins.values() if scale.item == item]

    def go_on_from(self, saved: Fold) -> bool:
        """Continue from the saved state of a scale; return False if it is of another plan or version."""
        scale = self.bins.get(saved.subject) or self.benches.get(saved.subject)
        if scale is None or scale.version != saved.version:
            return False
        try:
            if isinstance(scale, LiveScale):
                scale.state = scale.scale.start(saved.state)
            else:
                state = BenchState.from_json(saved.state)
                scale.state = msgspec.structs.replace(state, opened=scale.session is not None)
        except msgspec.DecodeError:
            return False
        scale.saved_at = saved.at
        return True
