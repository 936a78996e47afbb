"""What a person reads when InfluxDB refuses: which setting to look at, and never a secret."""

from pathlib import Path

import pytest
from influx_fakes import Queue, Settings, StillClock

from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.progress import SinkCondition, SinkReason
from gateway.delivery.influxdb.read_back import ReadBack, judge
from gateway.delivery.influxdb.remedies import remedy
from gateway.delivery.influxdb.sink_status import SinkStatus

SERVER = "http://influx.test:8086"
V1 = Settings(username="gateway", password_file=Path("secrets/influxdb"))
V2 = Settings("v2", database=None, bucket="mbg", org="sppg", token_env="MBG_TOKEN")
NAMELESS = Settings("v2", database=None, bucket="mbg")

SENTENCES = [
    (SinkReason.REFUSED_CREDENTIALS, 401, V1, "refused the password (401): check delivery.influxdb.password_file"),
    (SinkReason.REFUSED_CREDENTIALS, 401, V2, "refused the token (401): check delivery.influxdb.token_env (MBG_TOKEN)"),
    (SinkReason.REFUSED_CREDENTIALS, 401, NAMELESS, "it names neither token_file nor token_env"),
    (SinkReason.FORBIDDEN, 403, V1, "does not let us write to database mbg (403): grant it to user gateway"),
    (SinkReason.FORBIDDEN, 403, V2, "write to bucket mbg (403): grant it to the token of delivery.influxdb.token_env"),
    (SinkReason.NOT_FOUND, 404, V1, 'has no database mbg (404): no; create it (CREATE DATABASE "mbg") or correct'),
    (SinkReason.NOT_FOUND, 404, V2, "has no bucket mbg (404): no; create it or correct bucket and org"),
    (SinkReason.REFUSES_ALL, 400, V1, "takes nothing at all (400): no; check delivery.influxdb"),
    (SinkReason.SERVER_ERROR, 503, V2, "failed (503): no; readings wait in the journal"),
    (SinkReason.UNREACHABLE, None, V2, "cannot be reached: no; readings wait in the journal"),
    (SinkReason.SECRET_MISSING, None, V2, "is not asked: no"),
]


@pytest.mark.parametrize(("reason", "status", "settings", "words"), SENTENCES)
def test_each_refusal_names_the_setting_to_look_at(
    reason: SinkReason, status: int | None, settings: Settings, words: str
) -> None:
    sentence = remedy(reason, ServerAnswer(status, "no"), server=SERVER, settings=settings)
    assert sentence.startswith(f"InfluxDB at {SERVER} ")
    assert words in sentence


def test_every_reason_has_a_sentence() -> None:
    assert {reason for reason, *_ in SENTENCES} == set(SinkReason)


@pytest.fixture
def queue() -> Queue:
    return Queue()


def status_of(queue: Queue) -> SinkStatus:
    return SinkStatus("influxdb", server=SERVER, settings=V2, reports=queue, clock=StillClock())


def test_a_condition_is_reported_when_it_changes_and_not_each_time_it_is_seen(queue: Queue) -> None:
    status = status_of(queue)
    status.enter(SinkCondition.OK)
    assert queue.states == [], "a sink begins as one that delivers"
    for _ in range(3):
        status.enter(SinkCondition.BACKING_OFF, SinkReason.UNREACHABLE, ServerAnswer(None, "refused"))
    status.enter(SinkCondition.BACKING_OFF, SinkReason.SERVER_ERROR, ServerAnswer(503))
    assert not status.is_ok
    status.enter(SinkCondition.OK)
    assert status.is_ok
    assert [state.reason for state in queue.states] == [SinkReason.UNREACHABLE, SinkReason.SERVER_ERROR, None]
    assert [state.last_error is None for state in queue.states] == [False, False, True]


HEARTBEAT = b'{"results": [{"series": [{"name": "%s", "columns": ["time", "up"], "values": [[%d, 1]]}]}]}'


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, HEARTBEAT % (b"heartbeat", 7_000), ReadBack.WORKS),
        (200, HEARTBEAT % (b"heartbeat", 8_000), ReadBack.OTHER),
        (200, HEARTBEAT % (b"databases", 7_000), ReadBack.OTHER),
        (200, b'{"results": [{}]}', ReadBack.OTHER),
        (200, b"<html>", ReadBack.OTHER),
        (200, b'{"results": [{"error": "no"}]}', ReadBack.OTHER),
        (401, b"", ReadBack.FORBIDDEN),
        (403, b"", ReadBack.FORBIDDEN),
        (404, b"", ReadBack.FAILED),
        (None, b"", ReadBack.FAILED),
    ],
)
def test_a_server_is_believed_only_if_it_returns_the_heartbeat_with_its_time(
    status: int | None, body: bytes, found: ReadBack
) -> None:
    assert judge(ServerAnswer(status), body, 7) is found
