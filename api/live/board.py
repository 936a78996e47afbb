"""The kitchen as the gateway last told it: one snapshot, then changes merged into it by id.

It is held in the API's own form and its bytes are made once a change, however many people ask. The API has no
clock: the time is the gateway's last, carried on by a monotonic one at the gateway's speed.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from api.errors import GatewayAwayError
from api.live import render
from api.times import iso

Json = dict[str, Any]
IDENTITY = {
    "points": "id",
    "probes": "point",
    "controls": "id",
    "alarms": "id",
    "links": "name",
    "stock": "item",
    "benches": "scale",
    "sessions": "id",
    "batches": "id",
}
ENDED = {"alarms": ("NORMAL",), "sessions": ("closed", "cancelled")}  # states in which a record is told a last time
REPLACED = ("plans", "catalogue", "haccp")  # told as a whole when anything in it changes
NEWEST_MOVEMENTS = 20
UNSTREAMED = ("troubles", "discovered")  # replaced as a whole, long, and seldom looked at: asked for by who looks
_ONCE = ("kitchen", "clock", "demonstration", "broker", "controls")
_STOCK = ("stock", "benches", "sessions", "plans")
_BATCHES = ("batches", "haccp")
VIEWS: dict[str, tuple[str, ...]] = {
    "kitchen": _ONCE,
    "readings": ("points",),
    "alarms": ("alarms",),
    "stock": _STOCK,
    "catalogue": ("catalogue",),
    "discovered": ("discovered",),
    "batches": _BATCHES,
    "probes": ("probes",),
    "snapshot": (
        *(*_ONCE, *_STOCK, *_BATCHES),
        *("points", "probes", "alarms", "movements", "catalogue", "links", "health", "strangers"),
    ),
}


class Live:
    """The merged state. Not for threads: it belongs to the event loop."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.connected = False
        self._monotonic = monotonic
        self._since: int | None = None
        self._time: tuple[int, float] | None = None
        self._records: dict[str, dict[str, Json]] = {}
        self._whole: Json = {}
        self._bytes: dict[str, bytes] = {}

    def now(self) -> int | None:
        """The kitchen's time in UTC microseconds; None before the gateway was first heard."""
        if self._time is None:
            return None
        said, heard = self._time
        return said + int((self._monotonic() - heard) * 1e6 * self._speed())

    def take_snapshot(self, raw: Json) -> None:
        """Replace everything by what the gateway holds now."""
        shown = render.message(raw)
        self._records = {kind: {each[key]: each for each in shown.get(kind, ())} for kind, key in IDENTITY.items()}
        self._whole = {key: value for key, value in shown.items() if key not in IDENTITY}
        self._whole["strangers"] = len(shown.get("discovered", ()))
        self._hear(raw["now"])
        if not self.connected:
            self.connected, self._since = True, raw["now"]

    def take_change(self, raw: Json) -> Json:
        """Merge what changed; returns it in the API's form, with the time, for the stream."""
        change = render.message(raw)
        for kind, key in IDENTITY.items():
            held = self._records.setdefault(kind, {})
            for each in change.get(kind, ()):
                held[each[key]] = held.get(each[key], {}) | each
                if each.get("state") in ENDED.get(kind, ()):
                    del held[each[key]]
        self._whole |= {key: change[key] for key in REPLACED if key in change}
        self._merge_movements(change.get("movements", []))
        self._whole["health"] = self._whole.get("health", {}) | (change.get("health") or {})
        self._take_lists(change)
        self._hear(raw.get("now"))
        return {"now": self._shown_now(), **change}

    def lose_gateway(self) -> None:
        """The gateway is away: what we hold is old, and the views say so."""
        self.connected, self._since = False, self.now()
        self._bytes.clear()

    def gateway(self) -> Json:
        """Whether the gateway answers, and since when."""
        return {"connected": self.connected, "since": None if self._since is None else iso(self._since)}

    def pulse(self) -> Json:
        """What a heartbeat of the stream carries."""
        return {"now": self._shown_now(), "gateway": self.gateway()}

    def get(self, key: str) -> Any:
        """One part of the state as it stands; None when the gateway has not told it."""
        if key in IDENTITY:
            return [*self._records.get(key, {}).values()]
        return self._whole.get(key)

    def point(self, name: str) -> Json | None:
        """A point of the plan, with its latest reading."""
        return self._records.get("points", {}).get(name)

    @property
    def known(self) -> bool:
        """Whether the gateway was ever heard."""
        return self._time is not None

    def must_be_known(self) -> None:
        """Refuse an answer that would be empty for want of a gateway.

        Raises:
            GatewayAwayError: it was never heard.
        """
        if not self.known:
            raise GatewayAwayError("The gateway has not been heard since this API started; start `mbg-gateway run`.")

    def view(self, name: str) -> bytes:
        """The JSON of one of VIEWS, made once a change.

        Raises:
            GatewayAwayError: the gateway was never heard, there is nothing to show.
        """
        self.must_be_known()
        if name not in self._bytes:
            parts = {key: self._part(key) for key in VIEWS[name]}
            self._bytes[name] = msgspec.json.encode(self.pulse() | parts)
        return self._bytes[name]

    def _part(self, key: str) -> Any:
        if key == "alarms":
            return sorted(self.get("alarms"), key=_urgency, reverse=True)
        if key == "points" and not self.connected:
            return [point | {"state": "unknown"} for point in self.get("points")]
        return self.get(key)

    def _merge_movements(self, new: list[Json]) -> None:
        fresh = {each["id"] for each in new}
        older = [each for each in self._whole.get("movements", ()) if each["id"] not in fresh]
        self._whole["movements"] = [*new, *older][:NEWEST_MOVEMENTS]

    def _take_lists(self, change: Json) -> None:
        """Keep what is not streamed; of the devices that nobody has configured the stream tells how many they are."""
        for key in UNSTREAMED:
            if key in change:
                self._whole[key] = change.pop(key)
                if key == "discovered":
                    self._whole["strangers"] = change["strangers"] = len(self._whole[key])

    def _hear(self, now: int | None) -> None:
        if now is not None:
            self._time = (now, self._monotonic())
        self._bytes.clear()

    def _speed(self) -> float:
        return float((self._whole.get("clock") or {}).get("speed", 1.0))

    def _shown_now(self) -> str | None:
        now = self.now()
        return None if now is None else iso(now)


def _urgency(alarm: Json) -> tuple[bool, str]:
    """Unacknowledged first, then the newest; ISO text in UTC sorts as time."""
    return alarm["state"].endswith("UNACKNOWLEDGED"), alarm["raised_at"]
