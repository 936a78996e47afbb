"""Raise the alarms of the stock: low stock, expiring and expired lots, and scales that drift."""

from datetime import date
from decimal import Decimal

from gateway.alarms.alarm import AlarmEvent
from gateway.alarms.board import Board
from gateway.alarms.conditions import stock_alarm
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.subjects import ItemSubject, LotSubject
from gateway.config import StockItem
from gateway.records.transaction import Transaction
from gateway.stock.ledger.lots import Freshness, Lot, freshness
from gateway.stock.scales.live_scales import LiveScale
from gateway.stock.snapshot import foresight
from gateway.stock.stores import Stores
from gateway.stock.weighing.thresholds import MIN_DIVISIONS

CHECK_EVERY = 1_000_000
"""Microseconds of the kitchen's time between two checks of the changed items."""
DRIFT_A_DAY = Decimal("0.01")
"""Of the load: a correct scale keeps its zero within a division or two; a wet platform or a worn load cell does not."""
LEVEL_OF = {Freshness.EXPIRING: AlarmLevel.EXPIRING, Freshness.EXPIRED: AlarmLevel.EXPIRED}


class StockWatch:
    """Check the items that changed, and all of them when the day changes."""

    def __init__(self, stores: Stores, board: Board) -> None:
        self._stores = stores
        self._board = board
        self._checked_at = 0
        self._day: date | None = None
        self._drift: dict[str, Decimal] = {}
        """The drift of each bin scale when the day began, kg."""

    def tick(self, transaction: Transaction, now: int) -> None:
        """Raise the alarms that are due, and return the others to normal."""
        if 0 <= now - self._checked_at < CHECK_EVERY:
            return
        self._checked_at = now
        stores = self._stores
        today = stores.today(now)
        if today != self._day:
            self._begin_day(transaction, today, now)
        for scale in stores.scales.bins.values():
            self._check_drift(transaction, scale, now)
        dirty, stores.unchecked = stores.unchecked, set()
        for item in dirty:
            settings = stores.catalogue.items.get(item)
            if settings is not None:
                self._check_level(transaction, settings, today, now)
                self._check_lots(transaction, settings, today, now)

    def _begin_day(self, transaction: Transaction, today: date, now: int) -> None:
        self._day = today
        items = self._stores.catalogue.items
        self._stores.unchecked.update(items)
        self._drift = {scale.point: _drift(scale) for scale in self._stores.scales.bins.values()}
        for alarm in self._board.active:
            if isinstance(alarm.subject, ItemSubject | LotSubject) and alarm.subject.item not in items:
                self._board.move(transaction, alarm, AlarmEvent.REMOVE, at=now)

    def _check_level(self, transaction: Transaction, item: StockItem, today: date, now: int) -> None:
        on_hand = self._stores.on_hand(item.id)
        if on_hand is None:
            return
        reserved = self._stores.reservations.reserved(item.id)
        available = on_hand - reserved
        cover, order = foresight(item, self._stores, today, on_hand, reserved)
        subject = ItemSubject(item.id)
        if order is None or available > order.point:
            self._board.return_to_normal(transaction, subject, AlarmLevel.LOW_STOCK, at=now)
            return
        alarm = stock_alarm(
            subject,
            AlarmLevel.LOW_STOCK,
            at=now,
            value=float(available),
            limit=float(order.point),
            reason=None if cover is None else f"{cover.days:g}",
        )
        self._board.raise_(transaction, alarm)

    def _check_lots(self, transaction: Transaction, item: StockItem, today: date, now: int) -> None:
        lots: dict[str, tuple[Lot, Decimal]] = {}
        for held, _ in self._stores.books.usable(item.id):
            _, quantity = lots.get(held.lot.id, (held.lot, Decimal(0)))
            lots[held.lot.id] = (held.lot, quantity + held.quantity)
        due = {
            name: level
            for name, (lot, _) in lots.items()
            if (level := LEVEL_OF.get(freshness(lot, today, soon=item.expiring_days))) is not None
        }
        for alarm in self._board.active:
            match alarm.subject:
                case LotSubject(item=item.id, lot=name) if due.get(name) is not alarm.level:
                    self._board.return_to_normal(transaction, alarm.subject, alarm.level, at=now)
        for name, level in due.items():
            lot, quantity = lots[name]
            expires_on = None if lot.expires_on is None else lot.expires_on.isoformat()
            alarm = stock_alarm(LotSubject(item.id, name), level, at=now, value=float(quantity), reason=expires_on)
            self._board.raise_(transaction, alarm)

    def _check_drift(self, transaction: Transaction, scale: LiveScale, now: int) -> None:
        """Raise an alarm for a scale that drifts by more than a hundredth of its load a day."""
        level = scale.state.level
        if level is None or scale.point not in self._drift:
            return
        drifted = abs(_drift(scale) - self._drift[scale.point])
        allowed = max(DRIFT_A_DAY * abs(level.level), MIN_DIVISIONS * scale.scale.division)
        subject = ItemSubject(scale.item)
        if drifted <= allowed:
            self._board.return_to_normal(transaction, subject, AlarmLevel.DRIFT, at=now)
            return
        alarm = stock_alarm(
            subject, AlarmLevel.DRIFT, at=now, value=float(drifted), limit=float(allowed), reason=scale.point
        )
        self._board.raise_(transaction, alarm)


def _drift(scale: LiveScale) -> Decimal:
    return Decimal(0) if scale.state.level is None else scale.state.level.drift
