"""Any interleaving of two scales, a person and power cuts: the books are what was carried, and add up to zero."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from stock_rig import Rig

grams = st.integers(30, 900).map(lambda n: Decimal(n) * Decimal("0.01"))
steps = st.one_of(
    st.tuples(st.sampled_from(["bin", "bench", "issue", "waste", "typed", "count"]), grams),
    st.tuples(st.sampled_from(["restart", "undo", "reverse", "item", "again"]), grams),
)


class Day:
    """Does what is drawn, and keeps what really is there."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.oil = Decimal(0)
        self.rice = Decimal(0)
        self.typed_so_far = 0
        self.last: tuple[str, dict[str, str]] | None = None

    def bin(self, kg: Decimal) -> None:
        self.rig.put("bin", str(kg), settle=14)
        self.rice += kg

    def issue(self, kg: Decimal) -> None:
        if self.rice >= kg + 1:
            self.rig.put("bin", str(-kg), settle=14)
            self.rice -= kg

    def bench(self, kg: Decimal) -> None:
        self.weigh("receive", kg)
        self.oil += kg

    def waste(self, kg: Decimal) -> None:
        if self.oil >= kg:
            self.weigh("waste", kg, reason="spilt")
            self.oil -= kg

    def weigh(self, purpose: str, kg: Decimal, **more: str) -> None:
        session = self.rig.do("weigh_open", scale="bench-weight", purpose=purpose, item="oil", **more)["id"]
        self.rig.put("bench", str(kg))
        self.rig.empty("bench")
        self.rig.do("weigh_close", session=session)

    def typed(self, kg: Decimal) -> None:
        self.typed_so_far += 1
        self.last = (f"k-{self.typed_so_far}", {"purpose": "receive", "item": "oil", "quantity": str(kg), "unit": "kg"})
        self.rig.do("stock_entry", key=self.last[0], **self.last[1])
        self.oil += kg

    def again(self, _: Decimal) -> None:
        if self.last is not None:
            self.rig.do("stock_entry", key=self.last[0], **self.last[1])

    def count(self, kg: Decimal) -> None:
        self.rig.do("stock_entry", purpose="count", item="oil", quantity=str(kg), unit="kg")
        self.oil = kg

    def restart(self, _: Decimal) -> None:
        self.rig.restart()

    def undo(self, kg: Decimal) -> None:
        session = self.rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")["id"]
        self.rig.put("bench", str(kg))
        self.rig.do("weigh_undo", session=session)
        self.rig.empty("bench")
        self.rig.do("weigh_close", session=session)

    def item(self, kg: Decimal) -> None:
        session = self.rig.do("weigh_open", scale="bench-weight", purpose="receive", item="fish")["id"]
        self.rig.put("bench", str(kg))
        self.rig.empty("bench")
        self.rig.do("weigh_item", session=session, item="oil")
        self.rig.do("weigh_close", session=session)
        self.oil += kg

    def reverse(self, kg: Decimal) -> None:
        self.typed(kg)
        [(key,)] = self.rig.rows("SELECT key FROM movement WHERE kind = 'receipt' ORDER BY id DESC LIMIT 1")
        self.rig.do("stock_reverse", movement=key)
        self.oil -= kg
        self.last = None


@settings(max_examples=10)
@given(st.lists(steps, max_size=6))
def test_whatever_is_done_at_scales_and_by_hand_the_books_are_what_was_carried(
    drawn: list[tuple[str, Decimal]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        rig.wait(2)
        day = Day(rig)
        for step, kg in drawn:
            getattr(day, step)(kg)
        rig.check()
        assert rig.at("stores").get("oil", Decimal(0)) == day.oil
        assert rig.at("stores:dry").get("rice", Decimal(0)) == day.rice
        rig.journal.close()
