"""What a sink tells the pipeline, which alone writes the journal.

The cursor may be stored late: a sink that starts from an old one sends some readings again, and each lands on itself.
"""

from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.delivery.influxdb.comparison import Difference


class SinkCondition(StrEnum):
    """How a sink stands with its server."""

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
    """How often the sink was sent back; what it reports from before the newest time says nothing any more."""


class SinkState(msgspec.Struct, frozen=True):
    """The condition changed, or the reason for it.

    Attributes:
        name: of the sink.
        state: how it stands now.
        last_error: one sentence with the remedy, without any secret; None when OK.
        since: UTC microseconds.
        reason: the same as a word, to choose a message by; None when OK.
    """

    name: str
    state: SinkCondition
    last_error: str | None
    since: int
    reason: SinkReason | None = None


class SinkDeadLetter(msgspec.Struct, frozen=True):
    """The server will never take this reading: `code` is its HTTP status, `error` its words, `line` what was sent."""

    name: str
    seq: int
    code: int
    error: str
    line: bytes = b""


class SinkCompared(msgspec.Struct, frozen=True):
    """The hours before `until` were counted here and there, at `at` (UTC microseconds); `found`: where they differ."""

    name: str
    at: int
    until: int
    found: tuple[Difference, ...] = ()


SinkReport = SinkProgress | SinkState | SinkDeadLetter | SinkCompared


class Reports(Protocol):
    """Where a sink's reports go: the pipeline's queue."""

    def put(self, report: SinkReport, /) -> None:
        """Take it; never waits. Safe from any thread."""
