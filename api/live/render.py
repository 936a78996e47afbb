"""From the control socket's form to the API's: times become ISO 8601 text, durations seconds (`…_s`). Pure.

The socket speaks integer microseconds. Which keys of which record are times is a table, so that a device that is
called "at" is never taken for one.
"""

from typing import Any

from api.times import iso

Json = dict[str, Any]

TIMES: dict[str, tuple[str, ...]] = {
    "points": ("since",),
    "reading": ("measured_at",),
    "probes": ("checked_at", "due_at", "certified_until", "back_at"),
    "listening": ("since",),
    "checks": ("at",),
    "alarms": ("raised_at", "known_at", "returned_at", "acknowledged_at"),
    "links": ("since",),
    "health": ("recording_since_lost",),
    "clock": ("suggested", "at"),
    "troubles": ("at",),
    "discovered": ("first_at", "last_at"),
}
DURATIONS: dict[str, tuple[str, ...]] = {
    "points": ("interval", "max_gap", "stale_after"),
    "controls": ("on_delay", "warning_on_delay", "off_delay", "filter"),
}
PARTS: dict[str, dict[str, str]] = {
    "health": {"clock": "clock"},
    "points": {"reading": "reading"},
    "probes": {"listening": "listening"},
}
"""What stands inside a record: by key the kind of the record, or of each in the list."""
LISTS = (*("points", "probes", "controls", "alarms", "links", "troubles", "discovered"),)


def record(kind: str, raw: Json) -> Json:
    """One record of a kind named in TIMES and DURATIONS."""
    out = dict(raw)
    for key in TIMES.get(kind, ()):
        if out.get(key) is not None:
            out[key] = iso(out[key])
    for key in DURATIONS.get(kind, ()):
        if key in out:
            duration = out.pop(key)
            out[f"{key}_s"] = None if duration is None else duration / 1e6
    for key, part in PARTS.get(kind, {}).items():
        if out.get(key) is not None:
            out[key] = _inner(part, out[key])
    return out


def _inner(kind: str, raw: Any) -> Any:
    return [record(kind, each) for each in raw] if isinstance(raw, list) else record(kind, raw)


def message(raw: Json) -> Json:
    """A snapshot or a change, without its `type`."""
    out = {key: value for key, value in raw.items() if key not in ("type", "now")}
    for kind in LISTS:
        if kind in out:
            out[kind] = [record(kind, each) for each in out[kind]]
    if out.get("health") is not None:
        out["health"] = record("health", out["health"])
    return out
