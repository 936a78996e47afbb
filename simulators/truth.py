"""The truth file: what really happened, one JSON object a line, for tests to compare with what a gateway saw.

{"at": "…Z", "what": "deliver", "device": "rice-scale", "expected": {"event": "delivery", "kg": "25.00"}}
"""

import json
from pathlib import Path
from typing import Any

from simulators.actions import (
    Action,
    Bump,
    CableFault,
    Creep,
    Door,
    GoodsDelivery,
    Heat,
    Issue,
    Late,
    Network,
    Noise,
    Plug,
    Power,
    Put,
    Take,
    Tare,
)
from simulators.clock import SECOND, iso


def told(action: Action) -> tuple[str, dict[str, Any]]:  # noqa: C901, PLR0911, PLR0912 - one return a kind of action
    """The verb of an action, and the event that a watcher should find."""
    match action:
        case Heat(_, on):
            return "heat", {"event": "heat_on" if on else "heat_off"}
        case Door(_, open_):
            return "door", {"event": "door_opened" if open_ else "door_closed"}
        case GoodsDelivery(_, kg):
            return "deliver", {"event": "delivery", "kg": str(kg)}
        case Issue(_, kg):
            return "issue", {"event": "issue", "kg": str(kg)}
        case Put(_, item, kg, crate, purpose):
            return "put", {"event": "put", "item": item, "kg": str(kg), "in": crate, "as": purpose}
        case Take(_, taken):
            return "take", {"event": "taken_off", "kg": None if taken is None else str(taken)}
        case Bump(_, kg, length):
            return "bump", {"event": "bump", "kg": str(kg), "for": length / SECOND}
        case Creep(_, grams):
            return "creep", {"event": "creep", "grams_an_hour": grams}
        case Tare(_, on):
            return "tare", {"event": "tared" if on else "tare_cleared"}
        case Power(_, on):
            return "probe", {"event": "probe_revived" if on else "probe_died"}
        case Plug(_, plugged):
            return "plug", {"event": "replugged" if plugged else "unplugged"}
        case Network(_, up):
            return "network", {"event": "network_up" if up else "network_down"}
        case Late(_, ago, value):
            return "late", {"event": "late_reading", "ago": ago / SECOND, "value": value}
        case CableFault(_, fault):
            return "fault", {"event": "fault", "fault": fault.value}
        case Noise(_, length):
            return "noise", {"event": "noise", "bytes": length}


class TruthFile:
    """Appends lines, each on the disk's way at once; with no path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", encoding="utf-8") if path is not None else None

    def action(self, action: Action, at: int) -> None:
        what, expected = told(action)
        self.line(at=at, what=what, device=action.device, expected=expected)

    def line(self, *, at: int, what: str, device: str | None, expected: dict[str, Any]) -> None:
        if self._file is not None:
            entry = {"at": iso(at), "what": what, "device": device, "expected": expected}
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
