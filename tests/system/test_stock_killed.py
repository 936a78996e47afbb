"""SIGKILL in the middle of weighings: no movement twice, none lost. `make chaos` kills thirty times."""

import random
import time
from decimal import Decimal
from pathlib import Path

import pytest
from chaos_report import SHARE
from stock_kitchen import ScaleKitchen, scale_kitchen, weights

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

KILLS = max(3, round(30 * SHARE))


def kill_and_start(kitchen: ScaleKitchen) -> None:
    kitchen.rig.kill("gateway")
    kitchen.rig.start_gateway()
    kitchen.join()


def test_a_gateway_killed_while_things_are_weighed_books_each_of_them_once(tmp_path: Path) -> None:
    dice = random.Random(30)
    with scale_kitchen(tmp_path) as kitchen:
        opened = kitchen.do(
            "weigh_open", scale="bench-weight", purpose="receive", item="carrot", container="crate-blue"
        )
        rice = Decimal(0)
        for number, kg in enumerate(weights("killed", KILLS), start=1):
            if number % 3 == 0:
                # The bin counts by itself meanwhile.
                kitchen.happen(deliver={"item": "rice", "kg": 5.0})
                rice += 5
            kitchen.happen(put={"item": "carrot", "kg": float(kg), "in": "crate-blue"}, device="bench-scale")
            # Anywhere between the first swing and long after it was taken.
            time.sleep(dice.uniform(0.0, 2.0))
            kill_and_start(kitchen)
            kitchen.until(f"load {number} is booked", lambda n=number: len(kitchen.loads(opened["id"])) == n)
            kitchen.take_off("bench-scale")
        kitchen.do("weigh_close", session=opened["id"], temperature=2.8)
        kitchen.until("the bin has settled", lambda: kitchen.on_hand().get("rice", Decimal(0)) == rice)

        assert kitchen.agrees(), (kitchen.on_hand(), kitchen.really())
        kinds = "SELECT count(*) FROM movement WHERE item = ? AND kind <> 'opening'"
        assert kitchen.rig.rows(kinds, "carrot") == [(KILLS,)]
        assert kitchen.rig.rows(kinds, "rice") == [(KILLS // 3,)]
        assert kitchen.sums() == {Decimal(0)}
