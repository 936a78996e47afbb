from decimal import Decimal

import pytest

from simulators.actions import Bump, Model, Put, SimulatedDevice, Take
from simulators.clock import SECOND
from simulators.goods import CarriedGoods
from simulators.verbs import ScenarioError, parse_action

BENCH = SimulatedDevice(id="bench-scale", model=Model.CSV_ST)


def test_what_really_happened_is_added_up_without_the_crates():
    goods = CarriedGoods()
    for kilograms in ("20.00", "15.50"):
        goods.move("receive", "fish", Decimal(kilograms))
    goods.move("issue", "fish", Decimal("5.25"))
    goods.move("waste", "fish", Decimal("0.25"))
    assert goods.moved()["receive"] == {"fish": {"kg": "35.50", "loads": 2}}
    assert goods.left() == {"fish": "30.00"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            {"put": {"item": "fish", "kg": 8.4, "in": "crate-blue", "as": "issue"}},
            Put("bench-scale", "fish", Decimal("8.40"), "crate-blue", "issue"),
        ),
        ({"put": {"item": "fish", "kg": 8.4}}, Put("bench-scale", "fish", Decimal("8.40"), "none", "receive")),
        ({"take": "all"}, Take("bench-scale", None)),
        ({"bump": {"kg": 6, "for": "1s"}}, Bump("bench-scale", Decimal("6.00"), SECOND)),
    ],
)
def test_goods_are_carried_to_a_scale_and_away(written, meant):
    assert parse_action(written, [BENCH]) == meant


def test_an_unknown_crate_is_refused():
    with pytest.raises(ScenarioError, match="in is one of none, crate-blue"):
        parse_action({"put": {"item": "fish", "kg": 1, "in": "box"}}, [BENCH])
