"""Report the broker lost and back: one line each in the log, one LinkChange each in the queue."""

import logging

from drivers.contract import ArrivalQueue, Clock, LinkChange
from drivers.links.mqtt.disconnect_causes import DisconnectCause

_log = logging.getLogger(__name__)


class BrokerReports:
    """Decides on the reports of one broker."""

    def __init__(self, name: str, where: str, intake: ArrivalQueue, clock: Clock) -> None:
        self._name = name
        self._where = where
        self._intake = intake
        self._clock = clock
        self._up = False
        self._reported: set[DisconnectCause] = set()

    def up(self, client_id: str, *, session: bool, warning: str) -> None:
        """Report a connection; `warning` says what the broker does not promise."""
        text = f"{self._where}: connected as {client_id}, session {'kept' if session else 'new'}{warning}"
        _log.log(logging.WARNING if warning else logging.INFO, "%s", text)
        self._up = True
        self._reported.clear()
        self._put(text, up=True, session=session, at=self._clock.now())

    def down(self, cause: DisconnectCause, *, since: int | None) -> None:
        """Report a loss; `since` is when the broker was last alive, None for now."""
        # While it is lost, only a cause that a person has to remove is worth another line, once.
        if not self._up and self._reported and (cause in self._reported or not cause.lasting):
            return
        self._up = False
        self._reported.add(cause)
        text = f"{self._where}: {cause.text}"
        _log.warning("%s", text)
        self._put(text, up=False, session=True, at=self._clock.now() if since is None else since)

    def _put(self, text: str, *, up: bool, session: bool, at: int) -> None:
        self._intake.put(LinkChange(link=self._name, up=up, text=text, at=at, session=session))
