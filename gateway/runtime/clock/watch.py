"""What becomes of the machine's clock: into the journal, and into the kitchen, which goes on by the new time.

The pipeline looks with every tick. What has happened is drawn up in a batch of its own, behind what was measured by the
old time: a crash leaves both or none.
"""

import logging

import msgspec

from drivers.contract import LinkChange, MqttMessage, Readings, Trouble
from gateway.alarms.conditions import past_system_alarm
from gateway.alarms.kinds import SystemKind
from gateway.journal.history.clock import ALIVE, CLOCK, HELD, ClockState, Undated
from gateway.journal.journal import Journal
from gateway.monitoring.batches import clock_change as batch_rebase
from gateway.monitoring.batches.batch import ClockJump
from gateway.monitoring.clock_change import Turn, rebase
from gateway.monitoring.communication_loss import was_off
from gateway.monitoring.kitchen import Kitchen
from gateway.records.gaps import clock_gap
from gateway.records.quality import AHEAD
from gateway.records.time_shift import Move
from gateway.records.transaction import Event, Transaction
from gateway.runtime.clock.clock import GatewayClock
from gateway.runtime.clock.pace import BecameKnown, Happened, Jumped, Slewed

SAVE_EVERY = 10.0
"""Real seconds: how exactly a start in the same boot goes on with the time."""

log = logging.getLogger(__name__)
Arrival = MqttMessage | Readings | LinkChange | Trouble


class ClockWatch:
    """Knows how the clock stands, and draws up what happens to it."""

    def __init__(self, clock: GatewayClock, kitchen: Kitchen, journal: Journal, *, asks_people: bool = False) -> None:
        """`asks_people`: what time it is, as nobody else knows."""
        self.asks_people = asks_people
        self._clock = clock
        self._kitchen = kitchen
        self._journal = journal
        self._undated: Undated | None = None
        self._turn: Turn | None = None
        self._saved_at = 0.0
        kitchen.clock_known = clock.known

    def begin(self, transaction: Transaction, state: ClockState | None) -> None:
        """The start; `state`: as the journal had it."""
        if not self._clock.known:
            same = state is not None and state.boot == self._clock.boot != ""
            self._undated = state.undated if same and state is not None else None
            if self._undated is None:
                self._undated = Undated(self._clock.now(), self._last_seq())
                log.warning("the machine's clock is not set: times go on from the last known one until it is")
                self._append(transaction, "clock_unknown", self._undated.since, {})
        self.save(transaction)

    def now(self) -> int:
        """Return the time, UTC microseconds."""
        return self._clock.now()

    @property
    def suggested(self) -> int:
        """What time it may be, for people to say yes to."""
        return self._clock.suggested()

    def confirm(self, transaction: Transaction, true: int) -> None:
        """A person said what time it is: the next look takes it over, after a crash too."""
        self._clock.confirm(true)
        self.save(transaction)

    def told(self) -> dict[str, object]:
        """How the clock stands, for the page."""
        asks = self.asks_people and not self._clock.vouched
        return {"known": self._clock.known, "suggested": self.suggested if asks else None}

    def look(self) -> Happened | None:
        """What happened to the clock since the last look; a small correction is only told."""
        return self._clock.look()

    def draw(self, transaction: Transaction, happened: Happened) -> Turn | None:
        """Draw it up; the turn that the clock took, None when it goes there by itself."""
        if isinstance(happened, Slewed):
            offset = happened.new - happened.old
            log.warning("the machine's clock was stepped by %.1f s: that is made up within minutes", offset / 1e6)
            self._append(transaction, "clock_slewed", happened.old, _body(happened))
            return None
        turn = Turn(happened.old, happened.new)
        rebase(self._kitchen, transaction, turn)
        match happened:
            case Jumped():
                self._jumped(transaction, turn)
            case BecameKnown():
                self._became_known(transaction, turn)
        self._kitchen.clock_known = True
        self._turn = turn
        transaction.meta[ALIVE] = str(turn.new)
        self.save(transaction)
        return turn

    def _jumped(self, transaction: Transaction, turn: Turn) -> None:
        log.warning("the machine's clock was set by %.1f s: the gateway follows", turn.offset / 1e6)
        body = _body(turn)
        if turn.offset < 0:
            body["again"] = [turn.new, turn.old + AHEAD, self._last_seq()]
        self._append(transaction, "clock_jumped", turn.new, body)
        self._hole(transaction, turn.old, turn.new)
        batch_rebase.across_jump(self._kitchen.batches, transaction, ClockJump(turn.old, turn.new))
        reason = f"{turn.offset / 60e6:+.0f}"
        alarm = past_system_alarm(SystemKind.CLOCK_JUMPED, since=turn.old, until=turn.new, reason=reason)
        self._kitchen.board.find(transaction, alarm)

    def _became_known(self, transaction: Transaction, turn: Turn) -> None:
        """Readings, alarms and batches of the span without a date get one, in one transaction."""
        span = self._undated or Undated(turn.old, self._last_seq())
        since = max(span.since, turn.old - HELD)
        log.warning("the clock is set, %.1f s after the time that was known", turn.offset / 1e6)
        body = _body(turn) | {"from": since, "to": turn.old}
        if turn.offset < 0:
            body["again"] = [turn(since), since + AHEAD, span.seq]
        self._append(transaction, "clock_set", turn.new, body)

        def move(at: int) -> int:
            return turn(at) if since <= at <= turn.old else at

        transaction.moves.append(Move(span.seq, since, turn.old, turn.offset))
        for alarm in self._journal.reads.alarms.since(since):
            self._kitchen.board.redate(transaction, alarm, move, key=f"clock_set:{turn.old}")
        self._kitchen.typed.redate(move)
        batch_rebase.redate(self._kitchen.batches, transaction, ClockJump(turn.old, turn.new), move, since=since)
        for point in self._kitchen.by_id.values():
            point.first_at = move(point.first_at)
            for control in point.guards if not point.own_time else ():
                self._kitchen.control_points.ask_refold(transaction, control, since)
        self._undated = None
        if span.seq:
            self._hole(transaction, since, turn(since))
            was_off(self._kitchen, transaction, since=since, until=turn(since))

    def _hole(self, transaction: Transaction, begin: int, end: int) -> None:
        if begin < end:
            transaction.events.append(clock_gap(begin, end))

    def in_time(self, arrival: Arrival) -> Arrival:
        """An arrival that was dated just before the clock was set, by the time that holds now."""
        turn = self._turn
        if turn is None:
            return arrival
        before = arrival.at <= turn.old if turn.offset > 0 else arrival.at > self._clock.now()
        return msgspec.structs.replace(arrival, at=turn(arrival.at)) if before else arrival

    def tick(self, transaction: Transaction, moment: float) -> None:
        """Leave word of how the clock stands. `moment`: real seconds that only grow."""
        if moment - self._saved_at >= SAVE_EVERY:
            self._saved_at = moment
            self.save(transaction)

    def save(self, transaction: Transaction) -> None:
        """Have the journal keep how the clock stands."""
        clock = self._clock
        state = ClockState(
            clock.boot,
            clock.ahead,
            known=clock.known,
            confirmed=clock.vouched and not clock.known,
            correction=clock.correction,
            undated=self._undated,
        )
        transaction.meta[CLOCK] = msgspec.json.encode(state).decode()

    def _last_seq(self) -> int:
        return self._journal.reads.readings.last_number() or 0

    def _append(self, transaction: Transaction, kind: str, at: int, body: dict[str, object]) -> None:
        body["boot"] = self._clock.boot
        key = f"{kind}:{self._clock.boot}:{body.get('old', at)}:{at}"
        transaction.events.append(Event(key=key, kind=kind, subject="clock", at=at, body=body))


def _body(happened: Happened | Turn) -> dict[str, object]:
    return {"old": happened.old, "new": happened.new, "offset": happened.new - happened.old}
