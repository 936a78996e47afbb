"""Stock as the gateway tells it, for the tests of the page: levels, scales, sessions, a catalogue."""

from typing import Any

from fake_gateway import NIGHT, SECOND, Json, point, text

PEOPLE_WEIGH = ["count", "issue", "receive", "waste"]


def level(name: str, shown: Json, on_hand: str | None, **more: Any) -> Json:
    scale = {"weight": None, "stable": None, "drift": None, "scales": [], "batch": None, "updated_at": NIGHT}
    plain = {"unit": "kg", "on_hand": on_hand, "shown": on_hand, "available": on_hand, "state": "ok", **scale}
    foresight = {"reserved": "0", "used_today": "0", "cover": None, "reorder_point": None, "order": None, "low": False}
    return {"item": name, "name": shown, **plain, **foresight, "lots": 0, "soonest": [], **more}


def lot(name: str, item: str, quantity: str, **more: Any) -> Json:
    dated = {"expires_on": None, "days_left": None, "freshness": "undated"}
    came = {"number": name, "supplier": None, "receipt": None, "received_at": NIGHT, "place": "stores"}
    return {"lot": name, "item": item, "quantity": quantity, **came, **dated, **more}


def bench(name: str, waiting_for: str, weight: str, **more: Any) -> Json:
    shows = {"weight": weight, "stable": True, "fault": None, "tare": None, "untaken": "0", "waiting_for": waiting_for}
    return {"scale": name, "uses": PEOPLE_WEIGH, **shows, "since": NIGHT, "session": None, "updated_at": NIGHT, **more}


def load(net: str, *, ago: int = 0) -> Json:
    taken = {"gross": net, "tare": "0", "net": net, "container": None, "while_offline": False}
    return {"at": NIGHT - ago * SECOND, **taken, "keys": [], "undone": False}


def session(name: str, purpose: str, item: str, shown: Json, *loads: Json, **more: Any) -> Json:
    nothing = dict.fromkeys(
        (
            *("lot", "number", "expires_on", "batch", "reason", "supplier", "delivery_note", "expected", "tolerance"),
            *("missing", "container", "standing", "photo", "note", "problem", "closed_at", "closed_by"),
            *("temperature", "arrived", "decision"),
        )
    )
    facts = {"id": name, "purpose": purpose, "state": "open", "who": "siti", "opened_at": NIGHT, "item": item}
    total = f"{sum(float(each['net']) for each in loads):.2f}"
    rest = {"place": "stores", "scale": "bench-1", "expired": False, "cancelled": False, "refused": False}
    return {**nothing, **facts, "name": shown, "taken": list(loads), "total": total, **rest, **more}


def item(name: str, shown: Json, storage: str | None = None) -> Json:
    measure = {"unit": "kg", "density": None, "piece": None, "barcodes": [], "store": None, "storage": storage}
    order = {"lead_days": 1, "reorder_point": None, "expiring_days": 2, "planned": True}
    return {"id": name, "name": shown, **measure, **order}


CHICKEN, RICE, MILK = text("Ayam", "Chicken"), text("Beras", "Rice"), text("Susu", "Milk")


def stocked(snapshot: Json) -> None:
    """Rice, chicken and milk, of which something is to be done, and a bench scale that waits."""
    expired = lot("S-9", "milk", "4.00", expires_on="2026-02-28", days_left=-3, freshness="expired")
    cover = {"days": 1.2, "low": 0.8, "high": 1.9, "level": 80, "history_days": 28}
    low = {"low": True, "order": "40.00", "reorder_point": "60.00", "cover": cover}
    snapshot["stock"] = [
        level("rice", RICE, "412.50"),
        level("chicken", CHICKEN, "12.00", **low),
        level("milk", MILK, "4.00", soonest=[expired], lots=1),
    ]
    snapshot["points"].append(point("bench-1", text("Timbangan terima"), 0.0, quantity="weight", unit="kg"))
    snapshot["benches"] = [bench("bench-1", "nothing", "0.00")]
    snapshot["sessions"] = []
    snapshot["plans"] = []
    snapshot["catalogue"] = {
        "items": [item("rice", RICE, "dry"), item("chicken", CHICKEN, "meat"), item("milk", MILK, "dairy")],
        "stores": [],
        "containers": [],
        "recipes": [],
        "schools": [],
        "suppliers": [{"id": "tani", "name": "CV Tani Jaya"}],
    }
