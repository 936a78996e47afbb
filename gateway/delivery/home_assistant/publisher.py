"""Publish points and alarms to Home Assistant on the same broker: everything at each start, then changes."""

import json
from collections.abc import Iterable

from gateway.alarms.alarm import Alarm
from gateway.alarms.kinds import NOTICES
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
from gateway.delivery.mqtt_publisher import MqttPublisher
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.points.point import LivePoint

PUBLISH_EVERY = 5.0
"""Real seconds between two states of a point: a graph needs no more, and a small machine's broker has less to do."""


class HomeAssistantPublisher:
    """Publish states as retained messages, so that a later subscriber receives them."""

    def __init__(self, kitchen: Kitchen, publisher: MqttPublisher, *, prefix: str) -> None:
        self._kitchen = kitchen
        self._publisher = publisher
        self._prefix = prefix
        self._id = kitchen.config.kitchen.id
        self._published_at: dict[str, float] = {}
        self._waiting: dict[str, LivePoint] = {}

    @property
    def status_topic(self) -> str:
        """The topic on which Home Assistant announces its start."""
        return f"{self._prefix}/status"

    def receive_status(self, payload: bytes) -> None:
        """Publish everything if Home Assistant announces that it has started."""
        if payload.decode(errors="replace") == COMING_UP:
            self.begin()

    def begin(self) -> None:
        """Publish the discovery messages and the present state of everything."""
        for topic, description in announcements(self._kitchen.config, self._prefix):
            self._publish(topic, json.dumps(description, ensure_ascii=False).encode())
        self.publish_alarms()
        for point in self._kitchen.by_id.values():
            self._publish_point(point)

    def publish_alarms(self, changed: Iterable[Alarm] | None = None) -> None:
        """Publish the state of the controls to which these alarms belong; of all controls without an argument."""
        subjects = {*(control.plan.id for control in self._kitchen.control_points.by_id.values()), SYSTEM}
        if changed is not None:
            subjects &= {subject for alarm in changed for subject in self._subjects(alarm)}
        alarms = [alarm for alarm in self._kitchen.board.active if alarm.standing]
        standing = {subject for alarm in alarms for subject in self._subjects(alarm)}
        for subject in subjects:
            self._publish(problem_topic(self._id, subject), problem_state(subject in standing))

    def _subjects(self, alarm: Alarm) -> list[str]:
        """Return the controls of an alarm; for a point without usable readings all controls that it guards."""
        match alarm.subject:
            case ControlSubject(control=control):
                return [control.partition(".")[0]]
            case PointSubject(point=point) | ProbeSubject(point=point):
                live = self._kitchen.by_id.get(point)
                return [SYSTEM] if live is None else [control.plan.id for control in live.guards]
            case BatchSubject() | TypedSubject():
                return []
            case ItemSubject() | LotSubject() | SystemSubject():
                return [] if alarm.level in NOTICES else [SYSTEM]

    def publish_points(self, changed: Iterable[LivePoint], moment: float) -> None:
        """Publish changed points, each at most once in PUBLISH_EVERY; `moment`: monotonic seconds."""
        self._waiting |= {point.id: point for point in changed}
        for point in list(self._waiting.values()):
            if moment - self._published_at.get(point.id, float("-inf")) >= PUBLISH_EVERY:
                self._published_at[point.id] = moment
                del self._waiting[point.id]
                self._publish_point(point)

    def _publish_point(self, point: LivePoint) -> None:
        if point.latest is not None:
            self._publish(point_topic(self._id, point.id), json.dumps(point_state(point.latest)).encode())

    def _publish(self, topic: str, payload: bytes) -> None:
        self._publisher.publish(topic, payload, retain=True)
