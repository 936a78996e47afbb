"""A wire that was lost, or that nobody read, is a gap of its points, told when it is over."""

import json
from pathlib import Path

from kitchen_rig import MINUTE, NOW, KitchenRig

from drivers.contract import LinkChange, Trouble
from gateway.runtime.health.links import LinkHealth
from gateway.runtime.health.system_alarms import SystemAlarms


def change(link: str, minute: int, *, up: bool) -> LinkChange:
    return LinkChange(link=link, up=up, text="the port is gone", at=NOW + minute * MINUTE)


def test_what_a_lost_wire_and_an_overrun_cost_is_a_gap_of_the_points_on_them(tmp_path: Path) -> None:
    gateway = KitchenRig(tmp_path)
    kitchen = gateway.kitchen
    links = LinkHealth(kitchen, SystemAlarms(kitchen.board, kitchen.changes))
    for change_ in (
        change("s1+c7", 0, up=True),
        change("s1+c7", 1, up=False),
        change("s1+c7", 2, up=False),  # still the same loss
        change("s1+c7", 5, up=True),
    ):
        links.changed(gateway.batch, change_)
    links.trouble(gateway.batch, Trouble(device="c1", kind="overrun", text="", at=NOW + 9 * MINUTE, since=NOW))
    links.trouble(gateway.batch, Trouble(device="c1", kind="checksum", text="", at=NOW + 9 * MINUTE))
    gateway.commit(NOW + 9 * MINUTE)
    gaps = [
        json.loads(str(body)) for (body,) in gateway.rows("SELECT body FROM event WHERE subject = 'link' ORDER BY id")
    ]
    told = [((gap["from"] - NOW) // MINUTE, (gap["to"] - NOW) // MINUTE, gap["reason"], gap["points"]) for gap in gaps]
    assert told == [(1, 5, "link_down", ["s1-weight"]), (0, 9, "overrun", ["c1-air"])]
    gateway.journal.close()
