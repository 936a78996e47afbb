"""No password and no token stands in a log, a report, an error or an answer, whoever repeats it to us."""

import base64
import logging
from pathlib import Path
from random import Random

import pytest
from echo_server import echo
from hypothesis import given
from hypothesis import strategies as st
from influx_fakes import Queue, Settings, SmallJournal, StillClock

from gateway.cli.main import main
from gateway.config import ConfigError, parse
from gateway.delivery.influxdb.access import Access, authorization, forms_of, hidden
from gateway.delivery.influxdb.server import InfluxServer
from gateway.delivery.influxdb.sink import SavedProgress, influx_sink

SECRETS = ["gateway-secret", "tok3n/with+signs==", "sandi dapur ✓", "p@ss:w%rd"]
STATUSES = [200, 301, 400, 401, 403, 404, 413, 422, 429, 500, 503]
KITCHEN = """
kitchen: {{id: k1, name: Dapur}}
mqtt: {{}}
devices: [{{id: d, driver: senml-json}}]
points: [{{id: p, name: P, device: d, channel: temperature, quantity: temperature, interval: 10s}}]
delivery:
  influxdb: {{api: v2, bucket: mbg, org: sppg, url: "http://127.0.0.1:8086", {setting}}}
"""
LEAK = "S3cretOfTheKitchen"
WRONG = [
    f"token: {LEAK}",
    f"password: {LEAK}",
    f'token: "{LEAK}',
    f"token: &{LEAK} x",
    f"token: !{LEAK} x",
    f"token: [{LEAK}]",
    f'token_env: "{LEAK}=="',
    f"token_file: {LEAK * 5}",
    f'token_file: "{LEAK}=="',
    f"password_file: {LEAK}==",
    f"tokken: {LEAK}",
]
ADDRESSES = [
    f"http://user:{LEAK}@127.0.0.1:8086",
    f"http://127.0.0.1:8086/?token={LEAK}",
    f"http://127.0.0.1:8086/#{LEAK}",
    f"user:{LEAK}",
    f"{LEAK}",
]


def settings_of(api: str, url: str, path: Path) -> Settings:
    if api == "v1":
        return Settings("v1", url, "mbg", username="gateway", password_file=path)
    return Settings("v2", url, None, bucket="mbg", org="sppg", token_file=path)


def shows(secret: str, text: str) -> bool:
    """Whether the text has the secret, as it is or in the Basic form."""
    basic = base64.b64encode(f"gateway:{secret}".encode()).decode()
    return any(form in text for form in (secret, basic, secret.encode().decode("latin-1")))


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_server_that_repeats_our_secret_does_not_get_it_into_log_or_report(
    tmp_path: Path, api: str, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "secret").write_text(secret)
    journal, queue = SmallJournal(tmp_path / "journal.db"), Queue()
    journal.add_walk("air", 3)
    with echo() as server:
        for status in STATUSES:
            for statuses in ([status], [204, 500, status]):  # to the heartbeat, and to the readings
                server.statuses = statuses
                sink = influx_sink(
                    settings_of(api, server.url, tmp_path / "secret"),
                    kitchen_id="sppg-cimahi-03",
                    journal_path=journal.path,
                    offsets={},
                    saved=SavedProgress(),
                    reports=queue,
                    clock=StillClock(),
                    rng=Random(1),
                )
                for _ in range(4):
                    sink.step()
                sink.stop()
                sink.run()
    assert "…" in str(queue.reports), "something was hidden"
    assert not shows(secret, str(queue.reports))
    assert not shows(secret, caplog.text)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_query_that_is_refused_repeats_no_secret(tmp_path: Path, secret: str) -> None:
    (tmp_path / "secret").write_text(secret)
    with echo() as server:
        asked = InfluxServer(settings_of("v1", server.url, tmp_path / "secret"))
        asked.authenticate()
        answer, _ = asked.select("SELECT 1")
        asked.close()
    assert answer.status == 500
    assert not shows(secret, answer.text)


def test_a_secret_in_an_address_shows_in_no_error() -> None:
    for url in (f"http://user:{LEAK}@127.0.0.1:1/?token={LEAK}", f"http://user:{LEAK}@[::1/?p={LEAK}", f"x://{LEAK}@"):
        server = InfluxServer(Settings("v1", url, "mbg"))
        assert LEAK not in server.name
        assert LEAK not in server.greet()
        assert LEAK not in server.write("x y=1 1").text
        assert LEAK not in server.select("SELECT 1")[0].text
        server.close()


def test_what_goes_to_the_api_names_the_secret_and_does_not_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBG_TOKEN", LEAK)
    settings = Settings("v2", "http://127.0.0.1:8086", None, bucket="mbg", org="sppg", token_env="MBG_TOKEN")
    packed = Access.pack(settings)
    assert LEAK not in str(packed)
    assert authorization(Access.unpack(packed)) == f"Token {LEAK}"


@pytest.mark.parametrize("setting", WRONG)
def test_a_secret_in_the_wrong_place_of_kitchen_yaml_is_refused_and_not_repeated(
    tmp_path: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kitchen.yaml").write_text(KITCHEN.format(setting=setting))
    assert main(["check", str(tmp_path / "kitchen.yaml")]) == 2
    out = capsys.readouterr()
    assert "delivery.influxdb" in out.err or "close the quotes" in out.err or "not used here" in out.err
    assert LEAK not in out.err + out.out


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(KITCHEN.format(setting="").replace("http://127.0.0.1:8086", url), Path("kitchen.yaml"))
    assert "delivery.influxdb.url" in str(wrong.value)
    assert LEAK not in str(wrong.value)


@given(st.text(min_size=4).filter(str.isprintable), st.text(), st.text())
def test_hidden_is_hidden_wherever_it_stands(secret: str, before: str, after: str) -> None:
    credentials = "Basic " + base64.b64encode(f"gateway:{secret}".encode()).decode()
    told = hidden(before + secret + after, forms_of(credentials))
    assert secret not in told or secret in before + "…" + after or "…" in secret
