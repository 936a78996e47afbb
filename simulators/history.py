"""Enter four weeks of stock records by the gateway's commands: what was received, issued and thrown away.

For each school day, goods are bought the day before and issued by the weekday. Amounts are random with a fixed seed, so
they are the same every time. The commands go over the gateway's control socket, as those of the page do:

→ {"op": "command", "key": "…", "name": "stock_entry", "args": {"purpose": "issue", "item": "rice", …, "at": "…Z"}}
"""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from simulators.clock import SECOND, iso

ZONE = ZoneInfo("Asia/Jakarta")
DAYS = 28
WHO = "siti"
PATIENCE = 30.0  # seconds for one reply
HOUR = 3_600 * SECOND


class Usual(NamedTuple):
    """Usual amounts of an item: kg issued from Monday on, days until it expires, its store, and kg left today."""

    item: str
    weekdays: tuple[float, ...]
    good_for: int
    store: str
    left: float


USUAL = (
    Usual("rice", (14.0, 15.0, 13.5, 15.0, 12.0, 0.0, 0.0), 120, "dry-store", 0.0),
    Usual("chicken", (0.0, 9.0, 0.0, 9.5, 9.0, 0.0, 0.0), 3, "chiller-1", 6.5),
    Usual("carrot", (6.0, 5.0, 6.0, 5.5, 5.0, 0.0, 0.0), 7, "chiller-1", 24.0),
    Usual("egg", (7.2, 0.0, 7.2, 0.0, 7.2, 0.0, 0.0), 14, "chiller-1", 30.0),
    Usual("oil", (2.0, 2.5, 2.0, 2.5, 2.0, 0.0, 0.0), 180, "dry-store", 16.5),
)

Command = tuple[str, dict[str, Any]]


def history(now: int, seed: int = 4) -> Iterator[Command]:
    """Yield the commands of four weeks; `now` in UTC microseconds."""
    dice = Random(seed)
    today = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now)).astimezone(ZONE).date()
    # Today's stock comes first, so that no store is ever empty on the way.
    for usual in USUAL:
        if usual.left:
            good_until = today + timedelta(min(usual.good_for, 30) - 1)
            yield _received(usual, usual.left, now - 11 * HOUR, f"{today:%y%m%d}", str(good_until))
    for ago in range(DAYS, 0, -1):
        day = today - timedelta(ago)
        began = round(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) * SECOND
        for usual in USUAL:
            kilograms = round(usual.weekdays[day.weekday()] * dice.uniform(0.9, 1.1), 1)
            if kilograms:
                good_until = day + timedelta(usual.good_for)
                yield _received(usual, kilograms, began - 10 * HOUR, f"{day:%y%m%d}", str(good_until))
                yield _issued(usual, kilograms, began + 4 * HOUR)
    waste = {"purpose": "waste", "item": "carrot", "quantity": "0.4", "unit": "kg", "reason": "busuk"}
    yield "stock_entry", waste | {"at": now - 2 * HOUR}


def _received(usual: Usual, kilograms: float, at: int, number: str, good_until: str) -> Command:
    return "stock_entry", {
        "purpose": "receive", "item": usual.item, "quantity": str(kilograms), "unit": "kg", "supplier": "tani-jaya",
        "delivery_note": f"SJ-{usual.item}-{number}", "number": f"{usual.item[0].upper()}{number}",
        "expires_on": good_until, "store": usual.store, "temperature": 3.0, "at": at,
    }  # fmt: skip


def _issued(usual: Usual, kilograms: float, at: int) -> Command:
    args = {"purpose": "issue", "item": usual.item, "quantity": str(kilograms), "unit": "kg", "store": usual.store}
    return "stock_entry", args | {"at": at}


def today() -> Iterator[Command]:
    """Yield the commands of today: a batch is opened, and the rice for it is taken from its scale."""
    yield "batch_open", {"product": "Nasi ayam", "recipe": "chicken-rice", "portions": 100}
    yield "stock_batch", {"scale": "rice-scale-weight"}


def enter(path: Path, now: int) -> int:
    """Send all commands to the control socket `path`, and return their number.

    Raises:
        ValueError: the gateway refused a command.
        OSError: there is no gateway at the socket.
    """
    obeyed = 0
    with _connected(path) as gateway:
        answers = gateway.makefile("rb")
        batch: str | None = None
        for number, (name, args) in enumerate([*history(now), *today()]):
            complete = {"who": WHO, **args} | ({"batch": batch} if name == "stock_batch" else {})
            if "at" in complete:
                complete["at"] = iso(complete["at"])
            line = {"op": "command", "key": f"history-{now}-{number}", "name": name, "args": complete}
            gateway.sendall(json.dumps(line).encode() + b"\n")
            reply = json.loads(answers.readline() or b"{}")
            if not reply.get("ok"):
                raise ValueError(f"{name} {args.get('item', '')}: {reply.get('message', 'no answer')}")
            batch = reply["result"]["id"] if name == "batch_open" else batch
            obeyed += 1
    return obeyed


def _connected(path: Path) -> socket.socket:
    """Connect to the gateway, which may still be starting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        gateway = socket.socket(socket.AF_UNIX)
        gateway.settimeout(PATIENCE)
        try:
            gateway.connect(str(path))
        except OSError:
            gateway.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return gateway
