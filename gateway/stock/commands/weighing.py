"""Weighing at bench scales: a session is opened by a person, filled by the scale, and booked load by load.

Every function draws up what the journal has to keep; nothing is booked that a person would have to be asked about.
`closing.py` closes and corrects sessions.
"""

import dataclasses

from msgspec.structs import replace

from gateway.records.commands import Asked, Call, Note, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands import lookup
from gateway.stock.commands.answers import session_by
from gateway.stock.commands.booking import booked, goods_of
from gateway.stock.commands.lookup import Text
from gateway.stock.commands.request import WeighingRequest, described
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.sessions import keep, session_id, tell
from gateway.stock.records import ClosedSession, SessionRecord
from gateway.stock.rows import keep_lot
from gateway.stock.scales.bench_scale import Load
from gateway.stock.scales.live_scales import LiveBench
from gateway.stock.sessions.session import Session, Taken
from gateway.stock.snapshot import session_now
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.containers import Net, TareError, net_of


class OpenWeighing(WeighingRequest, frozen=True, kw_only=True):
    """Begin to weigh on a bench scale; what stands on it already is the first load."""

    command = "weigh_open"
    scale: Text


def weigh_open(scope: StockScope, transaction: Transaction, call: Call[OpenWeighing]) -> SessionRecord:
    """Open a session at a bench scale; answers the session."""
    stores, purpose = scope.stores, call.asked.purpose
    bench = lookup.bench(call.asked.scale, stores)
    if purpose.value not in bench.uses:
        raise RefusedError("not_allowed", f"{bench.point} is not used to {purpose.value}: see stock.scales")
    if bench.session is not None:
        busy = stores.sessions[bench.session]
        text = f"{busy.item or busy.batch} is being weighed on {bench.point}: close that first"
        raise RefusedError("scale_busy", text)
    opened = described(scope, call, scale=bench.point)
    keep(stores, transaction, opened.session)
    if opened.lot is not None:
        stores.books.post((), [opened.lot])
        keep_lot(transaction, opened.lot)
    bench.session = opened.session.id
    bench.state, waiting = bench.scale.open(bench.state)
    if waiting is not None:
        take(stores, transaction, bench, waiting)
    stores.save(transaction, bench)
    session = stores.sessions[opened.session.id]
    tell(transaction, "weighing_opened", session, call)
    return session_now(session, stores)


def entered(scope: StockScope, call: Call[WeighingRequest]) -> SessionRecord | ClosedSession:
    """The session that a command has opened, as it is by now."""
    return session_by(session_id(call.key), scope.stores)


def take(stores: Stores, transaction: Transaction, bench: LiveBench, load: Load) -> None:
    """A load stands still on a scale with an open session: book it."""
    session = stores.sessions.get(bench.session or "")
    if session is None:
        return
    try:
        net = _net(stores, bench, session, load)
    except TareError as error:
        keep(stores, transaction, replace(session, problem=str(error)))
        return
    if net is None:
        return
    taken = Taken(
        at=load.at,
        gross=net.gross,
        tare=net.tare,
        net=net.net,
        container=session.container,
        while_offline=load.unseen,
    )
    goods = dataclasses.replace(
        goods_of(session, taken, key=f"{session.id}:{load.at}"), before=load.before, after=load.after
    )
    keep(stores, transaction, session.with_load(replace(taken, keys=booked(stores, transaction, session, goods))))


def _net(stores: Stores, bench: LiveBench, session: Session, load: Load) -> Net | None:
    """Gross, tare and net of a load; None for the pot alone, set down again.

    Raises:
        TareError: there is no net weight.
    """
    weight, pot = load.weight, session.standing
    if pot is not None and load.before * 2 < pot:
        weight -= pot
        if weight < bench.scale.thresholds.commit(ZERO, load.after):
            return None
    net = net_of(weight, scale_tare=load.tare, container=stores.catalogue.containers.get(session.container or ""))
    return net if pot is None else Net(net.gross + pot, net.tare + pot, net.net)


class OfSession(Asked, frozen=True, kw_only=True):
    """A command about an open session."""

    session: Text
    note: Note | None = None


class TareWeighing(OfSession, frozen=True, kw_only=True):
    """What stands on the scale now is the container, known by nothing but its weight."""

    command = "weigh_tare"


def tare(scope: StockScope, transaction: Transaction, call: Call[TareWeighing], session: Session) -> Session:
    """Take what stands on the scale for the container."""
    stores = scope.stores
    bench = stores.scales.benches.get(session.scale or "")
    state = None if bench is None else bench.scale.set_down(bench.state)
    if bench is None or state is None:
        raise RefusedError("not_still", "the scale does not stand still: wait until it does, then tare")
    if session.total:
        raise RefusedError("not_allowed", "something was weighed already: tare comes before the first load")
    bench.state = state
    session = replace(session, container=None, standing=state.floor)
    keep(stores, transaction, session)
    stores.save(transaction, bench)
    tell(transaction, "weighing_tared", session, call)
    return session


class ChooseContainer(OfSession, frozen=True, kw_only=True):
    """The next loads come in another container, or in none when it is left out."""

    command = "weigh_container"
    container: Text | None = None


def choose_container(
    scope: StockScope, transaction: Transaction, call: Call[ChooseContainer], session: Session
) -> Session:
    """Weigh the next loads in another container."""
    known = lookup.container(call.asked.container, scope.stores)
    session = replace(session, container=None if known is None else known.id, standing=None, problem=None)
    keep(scope.stores, transaction, session)
    tell(transaction, "weighing_container", session, call)
    return session
