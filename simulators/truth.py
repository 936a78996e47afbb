"""Write the truth file: what really happened, one JSON object a line, for tests to compare with the gateway's records.

{"at": "…Z", "what": "deliver", "device": "rice-scale", "expected": {"event": "delivery", "kg": "25.00"}}
"""

import json
from pathlib import Path
from typing import Any

from simulators.actions import Action
from simulators.clock import iso


class TruthFile:
    """Appends lines and flushes each at once; without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", encoding="utf-8") if path is not None else None

    def action(self, action: Action, at: int) -> None:
        self.line(at=at, what=action.verb, device=action.device, expected=action.event())

    def line(self, *, at: int, what: str, device: str | None, expected: dict[str, Any]) -> None:
        if self._file is not None:
            entry = {"at": iso(at), "what": what, "device": device, "expected": expected}
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
