"""Report a sink's condition when it changes."""

import logging

from drivers.contract import Clock
from gateway.delivery.influxdb.access import InfluxSettings
from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.progress import Reports, SinkCondition, SinkReason, SinkState
from gateway.delivery.influxdb.read_back import ReadBack
from gateway.delivery.influxdb.remedies import remedy

_log = logging.getLogger(__name__)


class SinkStatus:
    """Hold the condition of one sink. Log one line when the server is lost and one when it is back."""

    def __init__(self, sink: str, *, server: str, settings: InfluxSettings, reports: Reports, clock: Clock) -> None:
        """`server`: its address, without any secret."""
        self._server = server
        self._settings = settings
        self._reports = reports
        self._clock = clock
        self._state = SinkState(sink, SinkCondition.OK, None, clock.now())

    @property
    def is_ok(self) -> bool:
        return self._state.state is SinkCondition.OK

    def enter(
        self, condition: SinkCondition, reason: SinkReason | None = None, answer: ServerAnswer | None = None
    ) -> None:
        """Log and report a condition, if it is a new one."""
        if (condition, reason) == (self._state.state, self._state.reason):
            return
        text = None
        if reason is not None and answer is not None:
            text = remedy(reason, answer, server=self._server, settings=self._settings)
        self._state = SinkState(self._state.name, condition, text, self._clock.now(), reason)
        _log.log(logging.WARNING if text else logging.INFO, "%s: %s", self._state.name, text or "delivering again")
        self._reports.put(self._state)

    def log_greeting(self, software: str, read_back: ReadBack) -> None:
        """Log which server answered, and what the gateway may do there."""
        _log.info("%s: %s at %s, api %s: %s", self._state.name, software, self._server, self._settings.api, read_back)
