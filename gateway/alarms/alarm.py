"""Define alarms after ISA-18.2: `TABLE` has every state and every way from one to another (pure).

    NORMAL ──raise──► UNACKNOWLEDGED ──acknowledge──► ACKNOWLEDGED ──return to normal──► NORMAL
                          │      ▲                        │
                 return to normal│                      worsen ──► UNACKNOWLEDGED
                          ▼    raise
                  RETURNED_UNACKNOWLEDGED ──acknowledge──► NORMAL

A warning is superseded when the critical limit of the same control is passed: one episode is one alarm. A deviation
that late readings show is raised as what it is by then. If they show it longer or worse than what was acknowledged, it
has to be acknowledged once more. Late readings never end an alarm.
"""

from enum import Enum, StrEnum, auto

import msgspec

from gateway.alarms.kinds import AlarmKind, AlarmPriority, Level
from gateway.alarms.subjects import Subject


class AlarmState(StrEnum):
    """ISA-18.2-2016 §5.2; shelving and the two suppressed states join the table with the commands that reach them."""

    NORMAL = "NORMAL"
    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RETURNED_UNACKNOWLEDGED = "RETURNED_UNACKNOWLEDGED"


class AlarmEvent(Enum):
    """What changes the state of an alarm."""

    RAISE = auto()
    RETURN_TO_NORMAL = auto()
    ACKNOWLEDGE = auto()
    FIND = auto()  # the condition had ended before it could be known
    WORSEN = auto()  # longer, or further beyond its limit, than was known
    SUPERSEDE = auto()  # the critical limit of the same control is not met either: one alarm is enough
    REMOVE = auto()  # its subject left the plan
    AMEND = auto()  # it names other things than before


TABLE: dict[tuple[AlarmState, AlarmEvent], AlarmState] = {
    (AlarmState.NORMAL, AlarmEvent.RAISE): AlarmState.UNACKNOWLEDGED,
    (AlarmState.NORMAL, AlarmEvent.FIND): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.NORMAL, AlarmEvent.WORSEN): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.RETURN_TO_NORMAL): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.WORSEN): AlarmState.UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.SUPERSEDE): AlarmState.NORMAL,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.REMOVE): AlarmState.NORMAL,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.AMEND): AlarmState.UNACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.RETURN_TO_NORMAL): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.WORSEN): AlarmState.UNACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.SUPERSEDE): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.REMOVE): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.AMEND): AlarmState.ACKNOWLEDGED,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.RAISE): AlarmState.UNACKNOWLEDGED,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGE): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.WORSEN): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.SUPERSEDE): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.REMOVE): AlarmState.NORMAL,
}


class ForbiddenTransitionError(Exception):
    """An alarm in this state has no such event."""

    def __init__(self, state: AlarmState, event: AlarmEvent) -> None:
        super().__init__(f"an alarm that is {state} cannot {event.name.lower().replace('_', ' ')}")
        self.state = state
        self.event = event


def next_state(state: AlarmState, event: AlarmEvent) -> AlarmState:
    """Return the state that follows.

    Raises:
        ForbiddenTransitionError: the table has no way from here.
    """
    try:
        return TABLE[state, event]
    except KeyError:
        raise ForbiddenTransitionError(state, event) from None


class AlarmAcknowledgement(msgspec.Struct, frozen=True):
    """Somebody's acknowledgement: when (UTC microseconds), who (a person's id), and what they noted."""

    at: int
    by: str
    note: str | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One episode: it keeps its id from its raise until it is normal, however often its condition returns.

    Times are UTC microseconds.

    Attributes:
        started_at: when the limit was crossed.
        raised_at: when the on-delay had passed.
        known_at: when the gateway could know it; much later for late readings.
        value: what was measured, at first; minutes for a time to eat by.
        worst: the value furthest beyond the limit.
        late: readings that came after their time showed it.
        reason: a word or a list of names, as its kind needs it.
    """

    id: str
    subject: Subject
    level: Level
    priority: AlarmPriority
    state: AlarmState
    started_at: int
    raised_at: int
    known_at: int
    returned_at: int | None = None
    acknowledgement: AlarmAcknowledgement | None = None
    value: float | None = None
    limit: float | None = None
    worst: float | None = None
    late: bool = False
    reason: str | None = None

    @property
    def kind(self) -> AlarmKind:
        return self.subject.kind

    @property
    def active(self) -> bool:
        """Something is left to do: the condition stands, or nobody has acknowledged it."""
        return self.state is not AlarmState.NORMAL

    @property
    def standing(self) -> bool:
        """The condition itself has not returned to normal."""
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)


def after(alarm: Alarm, event: AlarmEvent, at: int) -> Alarm:
    """Return the alarm as it is after an event of this time.

    Raises:
        ForbiddenTransitionError: the table has no way from its state.
    """
    state = next_state(alarm.state, event)
    match event:
        case AlarmEvent.RAISE | AlarmEvent.FIND | AlarmEvent.ACKNOWLEDGE | AlarmEvent.AMEND:
            return msgspec.structs.replace(alarm, state=state)
        case AlarmEvent.RETURN_TO_NORMAL:
            return msgspec.structs.replace(alarm, state=state, returned_at=at)
        case AlarmEvent.SUPERSEDE | AlarmEvent.REMOVE:
            return msgspec.structs.replace(alarm, state=state, returned_at=alarm.returned_at or at)
        case AlarmEvent.WORSEN:
            return msgspec.structs.replace(alarm, state=state, known_at=at)
