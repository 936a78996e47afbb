"""Stock as the gateway tells it, for the tests of the page: levels, scales, sessions, a catalogue."""

from decimal import Decimal
from typing import Any

from fake_gateway import NIGHT, SECOND, Json, level, point, text
from shapes import made

from gateway.records.shape import moment
from gateway.stock.catalogue_snapshot import CatalogueNow, ItemNow, SupplierNow
from gateway.stock.records import LoadRecord, SessionRecord
from gateway.stock.reports.foresight import DaysOfCover
from gateway.stock.snapshot import BenchNow, LotNow

PEOPLE_WEIGH = ["count", "issue", "receive", "waste"]
NOW = moment(NIGHT)
BENCH = {"uses": PEOPLE_WEIGH, "stable": True, "untaken": "0", "since": NOW, "updated_at": NOW}
SESSION = {"state": "open", "who": "siti", "opened_at": NOW, "place": "stores", "scale": "bench-1"}
NEITHER = {"expired": False, "cancelled": False, "refused": False}


def lot(name: str, item: str, quantity: str, **more: Any) -> LotNow:
    dated = {"expires_on": None, "days_left": None, "freshness": "undated"}
    came = {"number": name, "supplier": None, "receipt": None, "received_at": NOW, "place": "stores"}
    return LotNow(lot=name, item=item, quantity=quantity, **came | dated | more)


def bench(name: str, waiting_for: str, weight: str, **more: Any) -> Json:
    return made(BenchNow, scale=name, weight=weight, waiting_for=waiting_for, **BENCH | more)


def load(net: str, *, ago: int = 0) -> LoadRecord:
    at, none = moment(NIGHT - ago * SECOND), ()
    weights = {"gross": net, "tare": "0", "net": net}
    return LoadRecord(at=at, **weights, container=None, while_offline=False, keys=none, undone=False)


def session(name: str, purpose: str, item: str, shown: Json, *loads: LoadRecord, **more: Any) -> Json:
    about = {"id": name, "purpose": purpose, "item": item, "name": shown}
    total = sum((Decimal(each.net) for each in loads), Decimal(0))
    return made(SessionRecord, taken=loads, total=total, **about | SESSION | NEITHER | more)


def item(name: str, shown: Json, storage: str | None = None) -> ItemNow:
    measure = {"unit": "kg", "density": None, "piece": None, "barcodes": (), "store": None, "storage": storage}
    order = {"lead_days": 1, "reorder_point": None, "expiring_days": 2, "planned": True}
    return ItemNow(id=name, name=shown, **measure, **order)


def catalogue(**parts: Any) -> Json:
    none: Json = {"items": [], "stores": [], "containers": [], "recipes": [], "schools": [], "suppliers": []}
    return made(CatalogueNow, **none | parts)


CHICKEN, RICE, MILK = text("Ayam", "Chicken"), text("Beras", "Rice"), text("Susu", "Milk")


def stocked(snapshot: Json) -> None:
    """Rice, chicken and milk, of which something is to be done, and a bench scale that waits."""
    expired = lot("S-9", "milk", "4.00", expires_on="2026-02-28", days_left=-3, freshness="expired")
    cover = DaysOfCover(1.2, 0.8, 1.9, history_days=28)
    low = {"low": True, "order": "40.00", "reorder_point": "60.00", "cover": cover}
    snapshot["stock"] = [
        level("rice", RICE, "412.50"),
        level("chicken", CHICKEN, "12.00", **low),
        level("milk", MILK, "4.00", soonest=[expired], lots=1),
    ]
    snapshot["points"].append(point("bench-1", text("Timbangan terima"), 0.0, quantity="weight", unit="kg"))
    snapshot["benches"] = [bench("bench-1", "nothing", "0.00")]
    snapshot["catalogue"] = catalogue(
        items=[item("rice", RICE, "dry"), item("chicken", CHICKEN, "meat"), item("milk", MILK, "dairy")],
        suppliers=[SupplierNow(id="tani", name="CV Tani Jaya")],
    )
