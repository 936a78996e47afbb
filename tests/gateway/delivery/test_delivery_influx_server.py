"""What goes over the wire, and what is read out of an answer. tests/contract has the real servers."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3
from influx_fakes import Settings

from gateway.delivery.influxdb.access import SecretMissingError, authorization, without_secret
from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.server import InfluxServer, query_path, refusal, retry_after


class Recorder(BaseHTTPRequestHandler):
    """Keeps what it is asked, and answers as told."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        self._answer(204, {"X-Influxdb-Version": "v2.7.12"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = (self.path, dict(self.headers), gzip.decompress(body).decode(), self.client_address)
        self._answer(*self.server.reply)

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def recorder() -> Iterator[Any]:
    with HTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.reply = (204, {})  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def sender(recorder: Any, tmp_path: Path) -> Iterator[InfluxServer]:
    token = tmp_path / "token"
    token.write_text("my-token==\n")
    url = f"http://127.0.0.1:{recorder.server_port}/"
    server = InfluxServer(Settings("v2", url, None, bucket="dapur raya", org="sppg", token_file=token))
    assert server.greet() == "InfluxDB v2.7.12"
    yield server
    server.close()


def test_the_v2_path_names_bucket_organisation_and_token_and_keeps_one_connection(
    recorder: Any, sender: InfluxServer
) -> None:
    assert sender.write("reading x=1.0 1").status == 204
    path, headers, body, first = recorder.asked
    assert path == "/api/v2/write?bucket=dapur+raya&org=sppg&precision=ns"
    assert headers["Authorization"] == "Token my-token=="
    assert body == "reading x=1.0 1"
    sender.write("reading x=1.0 2")
    assert recorder.asked[3] == first


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ((503, {"Retry-After": "17"}, b"overloaded"), ServerAnswer(503, "overloaded", 17.0)),
        ((429, {}, b'{"code": "too many requests", "message": "slow down"}'), ServerAnswer(429, "slow down")),
        ((500, {}, b"x" * 10_000), ServerAnswer(500, "x" * 300)),
        ((301, {"Location": "https://elsewhere.test/"}), ServerAnswer(301)),
    ],
)
def test_what_a_server_answers_is_handed_on(
    recorder: Any, sender: InfluxServer, reply: Any, answer: ServerAnswer
) -> None:
    recorder.reply = reply
    assert sender.write("reading x=1.0 1") == answer


def test_an_answer_that_cannot_be_read_is_none(recorder: Any, sender: InfluxServer) -> None:
    recorder.reply = (400, {"Content-Encoding": "gzip"}, b"not gzip")
    answer = sender.write("reading x=1.0 1")
    assert answer.status is None
    assert "failed to decode" in answer.text


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (Settings("v1", database="mbg/x"), "/query?db=mbg%2Fx&epoch=ns&q=SELECT+1"),
        (Settings("v2", database=None, bucket="mbg"), "/query?db=mbg&epoch=ns&q=SELECT+1"),
        (Settings("v2", database=None, bucket="mbg/autogen"), "/query?db=mbg&rp=autogen&epoch=ns&q=SELECT+1"),
    ],
)
def test_a_query_names_database_and_retention_policy_as_each_dialect_does(settings: Settings, path: str) -> None:
    assert query_path(settings, "SELECT 1") == path


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Tue, 24 Nov 2026 07:00:30 GMT"}, None),
        ({"Retry-After": "Tue, 24 Nov 2026 07:00:30 GMT", "Date": "Tue, 24 Nov 2026 07:00:00 GMT"}, 30.0),
        ({"Retry-After": "Tue, 24 Nov 2026 06:00:00 GMT", "Date": "Tue, 24 Nov 2026 07:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(urllib3.HTTPHeaderDict(headers)) == seconds


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":"database not found: \\"mbg\\""}\n', 'database not found: "mbg"'),
        (b'{"code":"not found","message":"bucket not found"}', "bucket not found"),
        (b"404 page not found\n", "404 page not found"),
        (b"\xff\xfe", "��"),
        (b"", ""),
    ],
)
def test_the_servers_words_are_found_in_its_answer(body: bytes, words: str) -> None:
    assert refusal(body) == words


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        (Settings("v2", token_env="MBG_NO_TOKEN"), "delivery.influxdb.token_env (MBG_NO_TOKEN): the environment"),
        (Settings("v2", token_file=Path("/nowhere/token")), "delivery.influxdb.token_file (/nowhere/token): there is"),
        (Settings("v2", token_env="MBG_EMPTY"), "delivery.influxdb.token_env (MBG_EMPTY) holds no token"),
        (Settings("v1", username="u", password_env="MBG_LINES"), "password_env (MBG_LINES) holds no password"),
    ],
)
def test_a_secret_that_is_not_there_is_named(settings: Settings, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBG_EMPTY", "")
    monkeypatch.setenv("MBG_LINES", "two\nlines")
    with pytest.raises(SecretMissingError) as missing:
        authorization(settings)
    assert remedy in str(missing.value)


def test_a_token_with_foreign_letters_is_sent_and_refused_not_a_crash(
    recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MBG_TOKEN", "gerbang-✓")
    recorder.reply = (401, {}, b'{"message":"unauthorized access"}')
    url = f"http://127.0.0.1:{recorder.server_port}"
    server = InfluxServer(Settings("v2", url, None, bucket="mbg", org="sppg", token_env="MBG_TOKEN"))
    server.greet()
    assert server.write("reading x=1.0 1").status == 401
    server.close()


def test_a_password_in_the_address_never_shows() -> None:
    assert without_secret("http://user:secret@influx.test:8086/path/?u=me") == "http://influx.test:8086/path"
