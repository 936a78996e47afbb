"""How a sink stands with its server."""

import logging

from drivers.contract import Clock
from gateway.delivery.influxdb.access import InfluxSettings
from gateway.delivery.influxdb.decision import Answer
from gateway.delivery.influxdb.progress import Reports, SinkCondition, SinkReason, SinkState
from gateway.delivery.influxdb.remedies import remedy

_log = logging.getLogger(__name__)


class Standing:
    """The condition of one sink: reported and logged when it changes, one line when a server is lost, one when back."""

    def __init__(self, sink: str, *, server: str, settings: InfluxSettings, intake: Reports, clock: Clock) -> None:
        """`server`: its address, without any secret."""
        self._server = server
        self._settings = settings
        self._intake = intake
        self._clock = clock
        self._state = SinkState(sink, SinkCondition.OK, None, clock.now())

    @property
    def is_ok(self) -> bool:
        return self._state.state is SinkCondition.OK

    def enter(self, condition: SinkCondition, reason: SinkReason | None = None, answer: Answer | None = None) -> None:
        """It stands so from now on, if it does not already."""
        if (condition, reason) == (self._state.state, self._state.reason):
            return
        text = None
        if reason is not None and answer is not None:
            text = remedy(reason, answer, server=self._server, settings=self._settings)
        self._state = SinkState(self._state.name, condition, text, self._clock.now(), reason)
        _log.log(logging.WARNING if text else logging.INFO, "%s: %s", self._state.name, text or "delivering again")
        self._intake.put(self._state)
