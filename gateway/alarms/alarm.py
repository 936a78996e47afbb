"""Alarms after ISA-18.2: every state and every way from one to another is in `TABLE` (pure).

    NORMAL ──raise──► UNACKNOWLEDGED ──acknowledge──► ACKNOWLEDGED ──return──► NORMAL
                          │      ▲                        │
                        return  raise                   worsen ──► UNACKNOWLEDGED
                          ▼      │
                  RETURNED_UNACKNOWLEDGED ──acknowledge──► NORMAL

A warning ends when the critical limit of the same control is passed: one episode is one conversation.
A deviation that is found late (its readings came after its time) is raised as what it is by then; one that proves
longer or worse than what was acknowledged asks once more. Nothing found late clears an alarm.
"""

from enum import Enum, StrEnum, auto

import msgspec

RECALLED = "batches_fail"
"""Level of the alarm of a probe by whose check batches of the past fail; its `reason` names them."""


class AlarmState(StrEnum):
    """ISA-18.2-2016 §5.2; shelving and the two suppressed states join the table with the commands that reach them."""

    NORMAL = "NORMAL"
    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RETURNED_UNACKNOWLEDGED = "RETURNED_UNACKNOWLEDGED"


class Happening(Enum):
    """What can befall an alarm."""

    RAISE = auto()
    RETURN = auto()
    ACKNOWLEDGE = auto()
    FIND = auto()  # a deviation that had ended before it could be known
    WORSEN = auto()  # late readings: longer or further beyond than was known
    SUPERSEDE = auto()  # the critical limit of the same control is not met either: one alarm is enough
    REMOVE = auto()  # its control left the plan
    AMEND = auto()  # a notice that names several things names others


TABLE: dict[tuple[AlarmState, Happening], AlarmState] = {
    (AlarmState.NORMAL, Happening.RAISE): AlarmState.UNACKNOWLEDGED,
    (AlarmState.NORMAL, Happening.FIND): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.NORMAL, Happening.WORSEN): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, Happening.RETURN): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, Happening.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, Happening.WORSEN): AlarmState.UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, Happening.SUPERSEDE): AlarmState.NORMAL,
    (AlarmState.UNACKNOWLEDGED, Happening.REMOVE): AlarmState.NORMAL,
    (AlarmState.UNACKNOWLEDGED, Happening.AMEND): AlarmState.UNACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, Happening.AMEND): AlarmState.ACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, Happening.RETURN): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, Happening.WORSEN): AlarmState.UNACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, Happening.SUPERSEDE): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, Happening.REMOVE): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Happening.RAISE): AlarmState.UNACKNOWLEDGED,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Happening.ACKNOWLEDGE): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Happening.WORSEN): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Happening.SUPERSEDE): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Happening.REMOVE): AlarmState.NORMAL,
}


class ForbiddenTransitionError(Exception):
    """This cannot befall an alarm in this state."""

    def __init__(self, state: AlarmState, happening: Happening) -> None:
        super().__init__(f"an alarm that is {state} cannot {happening.name.lower()}")
        self.state = state
        self.happening = happening


def after(state: AlarmState, happening: Happening) -> AlarmState:
    """The state that follows.

    Raises:
        ForbiddenTransitionError: the table has no way from here.
    """
    try:
        return TABLE[state, happening]
    except KeyError:
        raise ForbiddenTransitionError(state, happening) from None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One episode: from its raise until it is normal again it keeps its id, however often it returns and comes back.

    Times are UTC microseconds. `started_at` is the crossing of the limit, `raised_at` the moment at which the on-delay
    had passed, `known_at` the gateway's time when it could say so (much later for late readings).
    """

    id: str
    control: str | None
    point: str | None
    kind: str
    level: str
    priority: str
    state: AlarmState
    started_at: int
    raised_at: int
    known_at: int
    returned_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    value: float | None = None
    limit: float | None = None
    worst: float | None = None
    late: bool = False
    reason: str | None = None
    batch: str | None = None
    item: str | None = None
    lot: str | None = None
    also: str | None = None
    """Of a batch: the further controls that are part of this conversation, with spaces between."""

    @property
    def controls(self) -> tuple[str, ...]:
        """All controls that it tells of."""
        return (*(() if self.control is None else (self.control,)), *(self.also or "").split())

    @property
    def subject(self) -> str:
        """What it is about: there is one alarm of a subject and level at a time."""
        if self.batch is not None:
            return f"{self.batch}.{self.control}"
        if self.item is not None:
            return self.lot or self.item
        return self.control or self.point or "system"

    @property
    def active(self) -> bool:
        """Something is left to do: the condition stands, or nobody has acknowledged it."""
        return self.state is not AlarmState.NORMAL

    @property
    def standing(self) -> bool:
        """The condition itself has not returned."""
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)


def alarm_id(subject: str, level: str, started_at: int) -> str:
    """An id derived from what the alarm is about; fit for an MQTT topic and a URL."""
    return f"{subject}.{level}.{started_at}"
