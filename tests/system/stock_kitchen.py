"""The kitchen of scales: simulated ones on pseudo-terminals, the real gateway, and what really happened beside it."""

import json
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from brokers import free_port
from rig import Rig, Watcher

PEOPLE = "siti"
KEYS = {"benches": "scale", "sessions": "id", "stock": "item"}


class ScaleKitchen:
    """Hands at the scales and at the page; the simulator keeps the truth."""

    def __init__(self, rig: Rig, control: Path, truth: Path) -> None:
        self.rig = rig
        self.truth = truth
        self._control = socket.socket(socket.AF_UNIX)
        self._control.connect(str(control))
        self._answers = self._control.makefile("rb")
        self.join()

    def join(self) -> None:
        """Listen to the gateway from its snapshot on."""
        self.watcher: Watcher = self.rig.watch()
        self._merged: dict[str, dict[str, dict[str, Any]]] = {
            kind: {one[key]: one for one in self.watcher.state[kind]} for kind, key in KEYS.items()
        }
        self._seen = 0

    def close(self) -> None:
        self._answers.close()
        self._control.close()

    def _say(self, line: dict[str, Any]) -> dict[str, Any]:
        self._control.sendall(json.dumps(line).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._answers.readline())
        assert answer.pop("ok"), answer
        return answer

    def happen(self, **action: Any) -> None:
        """Something happens in the kitchen, whatever the gateway makes of it."""
        self._say({"do": action})

    def really(self) -> dict[str, Any]:
        """What moved, by purpose and item, and what is left of each item in the stores."""
        return self._say({"ask": "goods"})

    def do(self, command: str, **args: Any) -> dict[str, Any]:
        """A person's command; its result."""
        reply = self.watcher.command(command, who=PEOPLE, **args)
        assert reply["ok"], reply
        result: dict[str, Any] = reply["result"]
        return result

    def until(self, what: str, true: Any) -> None:
        self.rig.until(what, true, self.watcher)

    # At a bench

    def bench(self, scale: str) -> dict[str, Any]:
        return next(one for one in self.told("benches") if one["scale"] == scale)

    def told(self, kind: str) -> list[dict[str, Any]]:
        """A list of the snapshot with all changes since merged into it."""
        for change in self.watcher.changes[self._seen :]:
            for name, key in KEYS.items():
                for one in change.get(name, []):
                    self._merged[name][one[key]] = self._merged[name].get(one[key], {}) | one
        self._seen = len(self.watcher.changes)
        return list(self._merged[kind].values())

    def loads(self, session: str) -> list[dict[str, Any]]:
        found = [one for one in self.told("sessions") if one["id"] == session]
        return [load for load in found[-1]["taken"] if not load["undone"]] if found else []

    def put(self, session: str, device: str, item: str, kg: str, *, crate: str = "none", purpose: str) -> None:
        """Carry a load to a scale, wait until it is taken, carry it away."""
        before = len(self.loads(session))
        self.happen(put={"item": item, "kg": float(kg), "in": crate, "as": purpose}, device=device)
        self.until(f"{kg} kg of {item} is taken", lambda: len(self.loads(session)) == before + 1)
        self.take_off(device)

    def take_off(self, device: str) -> None:
        self.happen(take="all", device=device)
        point = device.replace("-scale", "-weight")
        self.until("the scale is empty", lambda: self._is_empty(point))

    def _is_empty(self, point: str) -> bool:
        bench = self.bench(point)
        return (
            bench["stable"] is True and bench["weight"] is not None and abs(Decimal(bench["weight"])) < Decimal("0.1")
        )

    # The books

    def at(self, place: str) -> dict[str, Decimal]:
        rows = self.rig.rows("SELECT item, quantity FROM holding WHERE place = ?", place)
        found: dict[str, Decimal] = {}
        for item, quantity in rows:
            found[item] = found.get(item, Decimal(0)) + Decimal(quantity)
        return {item: kg for item, kg in found.items() if kg}

    def on_hand(self) -> dict[str, Decimal]:
        """Kg of each item in stores and at receiving."""
        rows = self.rig.rows(
            "SELECT item, quantity FROM holding WHERE place = 'receiving' OR place = 'stores' OR place LIKE 'stores:%'"
        )
        found: dict[str, Decimal] = {}
        for item, quantity in rows:
            found[item] = found.get(item, Decimal(0)) + Decimal(quantity)
        return found

    def agrees(self) -> bool:
        """Whether the books say what really is."""
        left = {item: Decimal(kg) for item, kg in self.really()["left"].items()}
        held = self.on_hand()
        return all(held.get(item, Decimal(0)) == kg for item, kg in left.items())

    def sums(self) -> set[Decimal]:
        """Over all places, of each lot: nothing but zero."""
        totals: dict[tuple[str, str], Decimal] = {}
        for item, lot, quantity in self.rig.rows("SELECT item, lot, quantity FROM holding"):
            totals[item, lot] = totals.get((item, lot), Decimal(0)) + Decimal(quantity)
        return set(totals.values())


@contextmanager
def scale_kitchen(folder: Path, *, speed: float = 10.0, lines: float = 20.0) -> Iterator[ScaleKitchen]:
    """Simulator and gateway over the scenario `stock`; `lines`: what each scale sends in a real second."""
    made = subprocess.run(
        [
            *(sys.executable, "-m", "simulators", "kitchen-yaml", "--scenario", "stock"),
            *("--folder", str(folder / "lines"), "--broker-port", str(free_port()), "--api-port", str(free_port())),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    # No broker is needed: nothing here speaks MQTT.
    plan = "".join(line for line in made.stdout.splitlines(keepends=True) if not line.startswith("mqtt:"))
    with Rig(folder, plan, speed=speed) as rig:
        control = rig.data / "sim.sock"
        rig.start(
            *("simulators", "simulators", "kitchen", "--scenario", "stock", "--folder", folder / "lines"),
            *("--control", control, "--truth", folder / "truth.jsonl", "--lines", lines, *rig.clock),
        )
        rig.until("the simulator is there", control.exists)
        rig.start_gateway()
        kitchen = ScaleKitchen(rig, control, folder / "truth.jsonl")
        try:
            yield kitchen
        finally:
            kitchen.close()


def weights(seed: str, count: int) -> list[str]:
    """What crates weigh, to the division."""
    dice = random.Random(seed)
    return [f"{dice.randint(350, 2_500) / 100:.2f}" for _ in range(count)]
