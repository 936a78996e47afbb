"""Define the reports that a sink puts into the pipeline's queue; only the pipeline writes the journal.

The cursor may be stored late: a sink that starts from an old one sends some readings again, and each overwrites itself.
"""

from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.delivery.influxdb.comparison import Difference


class SinkCondition(StrEnum):
    """Whether a sink can deliver to its server."""

    OK = "ok"
    BACKING_OFF = "backing_off"
    HOLDING = "holding"


class SinkReason(StrEnum):
    """Why a sink is not OK. Those of a hold need a person and are a system alarm; the last two pass by themselves."""

    REFUSED_CREDENTIALS = "refused_credentials"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REFUSES_ALL = "refuses_all"
    SECRET_MISSING = "secret_missing"  # noqa: S105  a reason, no secret
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"


class SinkProgress(msgspec.Struct, frozen=True):
    """Every reading up to and with `cursor` (a reading's `seq`) is delivered or set aside."""

    name: str
    cursor: int
    round: int = 0
    """How often the sink was sent back; progress of an earlier round is ignored."""


class SinkState(msgspec.Struct, frozen=True):
    """The condition of a sink, or its reason, has changed.

    Attributes:
        name: of the sink.
        state: the condition now.
        last_error: one sentence with the remedy, without any secret; None when OK.
        since: UTC microseconds.
        reason: the same as a code, to choose a message by; None when OK.
    """

    name: str
    state: SinkCondition
    last_error: str | None
    since: int
    reason: SinkReason | None = None


class SinkDeadLetter(msgspec.Struct, frozen=True):
    """A reading that the server refused for ever, with HTTP status, message and the line that was sent."""

    name: str
    seq: int
    code: int
    error: str
    line: bytes = b""


class SinkCompared(msgspec.Struct, frozen=True):
    """The hours before `until` were compared at `at` (UTC microseconds)."""

    name: str
    at: int
    until: int
    differences: tuple[Difference, ...] = ()


SinkReport = SinkProgress | SinkState | SinkDeadLetter | SinkCompared


class Reports(Protocol):
    """The pipeline's queue, which receives a sink's reports."""

    def put(self, report: SinkReport, /) -> None:
        """Append a report; never waits. Safe from any thread."""
