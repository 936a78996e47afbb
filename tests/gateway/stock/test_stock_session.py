"""A weighing session as a value: what its scale waits for, what is taken back, when a delivery is refused."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.stock.ledger.books import Books
from gateway.stock.ledger.lots import Lot
from gateway.stock.sessions.receiving import TemperatureCheck, Warmth
from gateway.stock.sessions.session import Purpose, Session, Taken, WaitingFor, waiting
from gateway.stock.weighing.thresholds import Fault

ZERO, KG = Decimal(0), Decimal(5)
OPEN = Session(id="w-1", purpose=Purpose.RECEIVE, who="siti", opened_at=1, item="rice", place="receiving")


def load(net: str, *, at: int = 2, undone: bool = False) -> Taken:
    return Taken(at=at, gross=Decimal(net), tare=ZERO, net=Decimal(net), undone=undone)


WEIGHED = OPEN.with_load(load("5"))

# heard, fault, still, waits, occupied, session; what the scale waits for
Facts = tuple[bool, Fault | None, bool, Decimal, bool, Session | None]
WAITS: list[tuple[Facts, WaitingFor]] = [
    ((False, None, False, ZERO, False, None), WaitingFor.SIGNAL),
    ((False, Fault.NEGATIVE, True, KG, True, OPEN), WaitingFor.SIGNAL),
    ((True, Fault.OVER_CAPACITY, True, KG, True, OPEN), WaitingFor.FAULT),
    ((True, None, False, ZERO, False, None), WaitingFor.STILL),
    ((True, None, False, KG, True, OPEN), WaitingFor.STILL),
    ((True, None, True, KG, True, OPEN), WaitingFor.STILL),
    ((True, None, True, KG, True, None), WaitingFor.ITEM),
    ((True, None, True, ZERO, True, None), WaitingFor.NOTHING),
    ((True, None, True, ZERO, False, None), WaitingFor.NOTHING),
    ((True, None, True, ZERO, False, OPEN), WaitingFor.LOAD),
    ((True, None, True, ZERO, True, OPEN), WaitingFor.LOAD),
    ((True, None, True, ZERO, True, WEIGHED), WaitingFor.NEXT),
    ((True, None, True, ZERO, False, WEIGHED), WaitingFor.LOAD),
]


@pytest.mark.parametrize(("facts", "expected"), WAITS)
def test_a_bench_scale_says_what_has_to_happen_next(facts: Facts, expected: WaitingFor) -> None:
    heard, fault, still, waits, occupied, session = facts
    said = waiting(heard=heard, fault=fault, still=still, waits=waits, occupied=occupied, session=session)
    assert said is expected


def test_the_last_load_that_counts_is_taken_back_and_all_others_stay() -> None:
    session = OPEN.with_load(load("5", at=2)).with_load(load("7", at=3)).with_load(load("9", at=4))
    session, last = session.without_last()
    assert last is not None
    assert (last.net, session.total) == (9, 12)
    session, last = session.without_last()
    assert last is not None
    assert (last.net, session.total) == (7, 5)
    assert [(each.at, each.undone) for each in session.taken] == [(2, False), (3, True), (4, True)]
    session, _ = session.without_last()
    assert session.without_last() == (session, None)


def test_a_load_that_is_taken_clears_the_problem_of_the_one_before() -> None:
    assert replace(OPEN, problem="two tares").with_load(load("5")).problem is None


@pytest.mark.parametrize(
    ("warmth", "decision", "refused"),
    [
        (None, None, False),
        (None, "rejected", True),
        (Warmth.PASS, None, False),
        (Warmth.WARNING, None, False),
        (Warmth.FAIL, None, True),
        (Warmth.FAIL, "accepted", False),
        (Warmth.FAIL, "rejected", True),
        (Warmth.PASS, "rejected", True),
    ],
)
def test_a_delivery_that_is_too_warm_is_refused_unless_somebody_accepts_it(
    warmth: Warmth | None, decision: str | None, refused: bool
) -> None:
    temperature = None if warmth is None else TemperatureCheck(warmth)
    assert replace(OPEN, temperature=temperature, decision=decision).refused is refused


def test_a_session_comes_back_from_the_journal_as_it_was() -> None:
    session = replace(WEIGHED, expected=Decimal("5.000"), temperature=TemperatureCheck(Warmth.PASS, 3.5, 5.0, "fda"))
    assert Session.from_json(session.to_json()) == session


def test_lots_of_the_journal_have_their_names_taken() -> None:
    books = Books([Lot(id="rice-20261124", item="rice", received_at=1)])
    assert books.names("rice") == {"rice-20261124"}
    assert books.names("oil") == frozenset()
