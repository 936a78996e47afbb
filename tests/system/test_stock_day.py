"""Stock from weight, on pseudo-terminals: the books say what really happened, to the division."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from stock_kitchen import ScaleKitchen, scale_kitchen, weights

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


def test_a_whole_day_of_receiving_issue_by_fefo_waste_and_count_gives_the_truth_exactly(tmp_path: Path) -> None:
    with scale_kitchen(tmp_path) as kitchen:
        for item, day, crate, loads in (
            ("chicken", "2026-11-27", "crate-blue", ("18.40", "20.10")),
            ("chicken", "2026-11-25", "crate-blue", ("6.30",)),
            ("fish", "2026-11-26", "basin", ("9.75",)),
            ("carrot", "2026-12-01", "none", ("25.00",)),
        ):
            opened = kitchen.do(
                "weigh_open", scale="bench-weight", purpose="receive", item=item, expires_on=day,
                supplier="tani-jaya", container=None if crate == "none" else crate,
            )  # fmt: skip
            for kg in loads:
                kitchen.put(opened["id"], "bench-scale", item, kg, crate=crate, purpose="receive")
            kitchen.do("weigh_close", session=opened["id"], temperature=2.8)
        kitchen.happen(deliver={"item": "rice", "kg": 50.0})
        kitchen.until("the rice is in its bin", lambda: kitchen.on_hand().get("rice") == Decimal("50.00"))

        food = kitchen.do("batch_open", product="Nasi ayam", recipe="chicken-rice", portions=150)["id"]
        kitchen.do("stock_batch", scale="rice-weight", batch=food)
        kitchen.happen(issue={"item": "rice", "kg": 15.0})
        opened = kitchen.do("weigh_open", scale="bench-weight", purpose="issue", item="chicken", batch=food)
        kitchen.put(opened["id"], "bench-scale", "chicken", "9.00", purpose="issue")
        kitchen.do("weigh_close", session=opened["id"])
        opened = kitchen.do("weigh_open", scale="waste-weight", purpose="waste", item="carrot", reason="rotten")
        kitchen.put(opened["id"], "waste-scale", "carrot", "1.35", purpose="waste")
        kitchen.do("weigh_close", session=opened["id"])
        kitchen.until("the rice is issued", lambda: kitchen.at(f"batch:{food}").get("rice") == Decimal("15.00"))

        opened = kitchen.do("weigh_open", scale="bench-weight", purpose="count", item="fish")
        kitchen.put(opened["id"], "bench-scale", "fish", "9.75", purpose="count")
        kitchen.do("weigh_close", session=opened["id"])

        assert kitchen.agrees(), (kitchen.on_hand(), kitchen.really())
        assert kitchen.on_hand() == {
            item: Decimal(kg) for item, kg in kitchen.really()["left"].items()
        } == {
            "carrot": Decimal("23.65"), "chicken": Decimal("35.80"), "fish": Decimal("9.75"), "rice": Decimal("35.00"),
        }  # fmt: skip
        assert kitchen.at("waste") == {"carrot": Decimal("1.35")}
        issued = kitchen.rig.rows(
            "SELECT expires_on, quantity FROM movement JOIN lot ON lot.id = lot "
            "WHERE destination = ? AND movement.item = 'chicken' ORDER BY movement.id",
            f"batch:{food}",
        )
        assert issued == [("2026-11-25", "6.30"), ("2026-11-27", "2.70")]
        assert kitchen.rig.rows("SELECT count(*) FROM movement WHERE kind = 'adjustment'") == [(0,)]
        assert kitchen.sums() == {Decimal(0)}
        kitchen.rig.stop("simulators")
        last = json.loads(kitchen.truth.read_text().splitlines()[-1])
        assert last["expected"]["left"] == {
            "carrot": "23.65", "chicken": "35.80", "fish": "9.75", "rice": "35.00",
        }  # fmt: skip


def test_a_receiving_morning_of_forty_weighings_with_all_that_goes_wrong_has_no_false_and_no_missed_movement(
    tmp_path: Path,
) -> None:
    with scale_kitchen(tmp_path) as kitchen:
        for number, item in enumerate(("chicken", "fish", "carrot", "chicken")):
            wrong = "fish" if number == 3 else item
            opened = kitchen.do(
                "weigh_open", scale="bench-weight", purpose="receive", item=wrong, container="crate-blue"
            )
            for load, kg in enumerate(weights(f"{item} {number}", 10)):
                kitchen.put(opened["id"], "bench-scale", item, kg, crate="crate-blue", purpose="receive")
                match (number, load):
                    case (0, 4):
                        pull_the_cable(kitchen)
                    case (1, 3):
                        kitchen.happen(bump={"kg": 6, "for": "1s"}, device="bench-scale")
                        kitchen.until("it was seen", lambda: Decimal(kitchen.bench("bench-weight")["weight"] or 0) > 1)
                        kitchen.until("it is over", lambda: kitchen._is_empty("bench-weight"))
                    case (2, 5):
                        overload(kitchen)
            if wrong != item:
                kitchen.do("weigh_item", session=opened["id"], item=item)
            closed = kitchen.do("weigh_close", session=opened["id"], temperature=2.8)
            assert len([one for one in closed["taken"] if not one["undone"]]) == 10

        assert kitchen.agrees(), (kitchen.on_hand(), kitchen.really())
        loads = sum(one["loads"] for one in kitchen.really()["moved"]["receive"].values())
        counts = "SELECT count(*) FROM movement WHERE kind = ? AND item <> 'rice'"
        assert loads == 40
        # Ten of them were booked as fish, taken back and booked again as chicken.
        assert kitchen.rig.rows(counts, "receipt") == [(50,)]
        assert kitchen.rig.rows(counts, "reversal") == [(10,)]
        assert kitchen.rig.rows(counts, "adjustment") == [(0,)]
        assert kitchen.sums() == {Decimal(0)}


def pull_the_cable(kitchen: ScaleKitchen) -> None:
    kitchen.happen(unplug="bench-scale")
    kitchen.until("the cable is missed", lambda: not is_plugged(kitchen))
    kitchen.happen(replug="bench-scale")
    kitchen.until("it is back", lambda: is_plugged(kitchen))


def is_plugged(kitchen: ScaleKitchen) -> bool:
    links = {link["name"]: link["up"] for link in kitchen.watcher.state["links"]}
    return next(up for name, up in links.items() if "bench-scale" in name)


def overload(kitchen: ScaleKitchen) -> None:
    """A pallet is set down on the scale by mistake."""
    kitchen.happen(deliver=80.0, device="bench-scale")
    kitchen.until("it shows overload", lambda: kitchen.bench("bench-weight")["weight"] is None)
    kitchen.happen(issue=80.0, device="bench-scale")
    kitchen.until("it is empty", lambda: kitchen._is_empty("bench-weight"))


def test_hours_of_drift_are_never_consumption(tmp_path: Path) -> None:
    """20 g an hour, the clock run fast; a whole night of it is in tests/gateway."""
    with scale_kitchen(tmp_path, speed=900.0) as kitchen:
        kitchen.until("the empty bin was seen", lambda: "rice" in kitchen.on_hand())
        kitchen.happen(deliver={"item": "rice", "kg": 60.0})
        kitchen.until("the rice is in its bin", lambda: kitchen.on_hand().get("rice") == Decimal("60.00"))
        kitchen.happen(creep=20, device="rice-scale")
        kitchen.until("hours have passed", lambda: Decimal(rice(kitchen)["weight"] or 0) >= Decimal("60.06"))
        kitchen.happen(issue={"item": "rice", "kg": 22.5})
        kitchen.until("the rice is issued", lambda: kitchen.on_hand()["rice"] < Decimal("60.00"))
        assert kitchen.rig.rows("SELECT kind FROM movement ORDER BY id") == [("opening",), ("receipt",), ("issue",)]
        # The scale walks on while it is read: to its division.
        assert abs(kitchen.on_hand()["rice"] - Decimal("37.50")) <= Decimal("0.01")
        assert Decimal(rice(kitchen)["drift"]) >= Decimal("0.05")


def rice(kitchen: ScaleKitchen) -> dict[str, str]:
    return next(one for one in kitchen.told("stock") if one["item"] == "rice")
