"""Tells Home Assistant on the same broker what stands in the kitchen: all at each start, then what changes."""

import json
from collections.abc import Iterable
from typing import Protocol

from gateway.alarms.alarm import Alarm
from gateway.alarms.subjects import (
    BatchSubject,
    ControlSubject,
    ItemSubject,
    LotSubject,
    PointSubject,
    ProbeSubject,
    SystemSubject,
    TypedSubject,
)
from gateway.delivery.home_assistant.topics import (
    COMING_UP,
    SYSTEM,
    announcements,
    point_state,
    point_topic,
    problem_state,
    problem_topic,
)
from gateway.messages.alarms import OF_DAYS
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.points.point import LivePoint

TELL_EVERY = 5.0
"""Real seconds between two states of a point: a graph needs no more, and a broker on a small machine is glad."""


class Publisher(Protocol):
    """The broker's link."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None: ...


class Announcer:
    """Publishes states retained, so that whoever comes later sees them."""

    def __init__(self, kitchen: Kitchen, publisher: Publisher, *, prefix: str) -> None:
        self._kitchen = kitchen
        self._publisher = publisher
        self._prefix = prefix
        self._id = kitchen.config.kitchen.id
        self._told_at: dict[str, float] = {}
        self._waiting: dict[str, LivePoint] = {}

    @property
    def greeting(self) -> str:
        """The topic on which Home Assistant says that it has started."""
        return f"{self._prefix}/status"

    def hear(self, payload: bytes) -> None:
        """Home Assistant has started, or is going."""
        if payload.decode(errors="replace") == COMING_UP:
            self.begin()

    def begin(self) -> None:
        """Announce everything and tell how it stands."""
        for topic, description in announcements(self._kitchen.config, self._prefix):
            self._publish(topic, json.dumps(description, ensure_ascii=False).encode())
        self.tell_alarms()
        for point in self._kitchen.by_id.values():
            self._tell_point(point)

    def tell_alarms(self, changed: Iterable[Alarm] | None = None) -> None:
        """Tell the state of the controls that these alarms are of; of all without."""
        subjects = {*(control.plan.id for control in self._kitchen.control_points.by_id.values()), SYSTEM}
        if changed is not None:
            subjects &= {subject for alarm in changed for subject in self._subjects(alarm)}
        alarms = [alarm for alarm in self._kitchen.board.active if alarm.standing]
        standing = {subject for alarm in alarms for subject in self._subjects(alarm)}
        for subject in subjects:
            self._publish(problem_topic(self._id, subject), problem_state(subject in standing))

    def _subjects(self, alarm: Alarm) -> list[str]:
        """The controls that an alarm is of: those of a point that gives no usable reading, too."""
        match alarm.subject:
            case ControlSubject(control=control):
                return [control.partition(".")[0]]
            case PointSubject(point=point) | ProbeSubject(point=point):
                live = self._kitchen.by_id.get(point)
                return [SYSTEM] if live is None else [control.plan.id for control in live.guards]
            case BatchSubject() | TypedSubject():
                return []
            case ItemSubject() | LotSubject() | SystemSubject():
                return [] if alarm.level in OF_DAYS else [SYSTEM]

    def tell_points(self, changed: Iterable[LivePoint], moment: float) -> None:
        """Tell what has changed, each point no more often than TELL_EVERY; `moment` in real seconds that only grow."""
        self._waiting |= {point.id: point for point in changed}
        for point in list(self._waiting.values()):
            if moment - self._told_at.get(point.id, float("-inf")) >= TELL_EVERY:
                self._told_at[point.id] = moment
                del self._waiting[point.id]
                self._tell_point(point)

    def _tell_point(self, point: LivePoint) -> None:
        if point.latest is not None:
            self._publish(point_topic(self._id, point.id), json.dumps(point_state(point.latest)).encode())

    def _publish(self, topic: str, payload: bytes) -> None:
        self._publisher.publish(topic, payload, retain=True)
