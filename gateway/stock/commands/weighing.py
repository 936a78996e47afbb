"""Weighing at bench scales: a session is opened by a person, filled by the scale, and booked load by load.

Every function draws up what the journal has to keep; nothing is booked that a person would have to be asked about.
`weighing_end.py` closes and corrects sessions.
"""

import dataclasses
from functools import partial

from msgspec.structs import replace

from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall
from gateway.records.transaction import Transaction
from gateway.stock.commands import arguments as said
from gateway.stock.commands.booking import booked, goods_of
from gateway.stock.commands.request import described, purpose_of
from gateway.stock.commands.sessions import keep, tell
from gateway.stock.rows import keep_lot
from gateway.stock.scales.bench_scale import Load
from gateway.stock.scales.live_scales import LiveBench
from gateway.stock.sessions.session import Session, Taken
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.containers import Net, TareError, net_of


def open_at(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Session:
    """Open a session at the bench scale in `scale`; what stands on it already is its first load."""
    stores = kitchen.stores
    bench = said.bench(order, stores)
    purpose = purpose_of(order)
    if purpose.value not in bench.uses:
        raise said.refused("not_allowed", f"{bench.point} is not used to {purpose.value}: see stock.scales")
    if bench.session is not None:
        busy = stores.sessions[bench.session]
        raise said.refused(
            "scale_busy", f"{busy.item or busy.batch} is being weighed on {bench.point}: close that first"
        )
    opened = described(kitchen, order, purpose, scale=bench.point)
    keep(stores, transaction, opened.session)
    if opened.lot is not None:
        stores.books.post((), [opened.lot])
        keep_lot(transaction, opened.lot)
    bench.session = opened.session.id
    bench.state, waiting = bench.scale.open(bench.state)
    if waiting is not None:
        take(stores, transaction, bench, waiting)
    stores.save(transaction, bench)
    tell(transaction, "weighing_opened", stores.sessions[opened.session.id], order)
    return stores.sessions[opened.session.id]


def taker(stores: Stores) -> None:
    """Let the loads of all bench scales go into their sessions."""
    stores.take_load = partial(take, stores)


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


def set_down(kitchen: Kitchen, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    """What stands on the scale now is the container, known by nothing but its weight."""
    stores = kitchen.stores
    bench = stores.benches.get(session.scale or "")
    state = None if bench is None else bench.scale.set_down(bench.state)
    if bench is None or state is None:
        raise said.refused("not_still", "the scale does not stand still: wait until it does, then tare")
    if session.total:
        raise said.refused("not_allowed", "something was weighed already: tare comes before the first load")
    bench.state = state
    session = replace(session, container=None, standing=state.floor)
    keep(stores, transaction, session)
    stores.save(transaction, bench)
    tell(transaction, "weighing_tared", session, order)
    return session


def choose_container(kitchen: Kitchen, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    """The next loads come in another container, or in none."""
    known = said.container(order, kitchen.stores)
    session = replace(session, container=None if known is None else known.id, standing=None, problem=None)
    keep(kitchen.stores, transaction, session)
    tell(transaction, "weighing_container", session, order)
    return session
