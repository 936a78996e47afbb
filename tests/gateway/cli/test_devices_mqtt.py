"""mbg-gateway devices --mqtt: the running gateway is asked, and what it hears can be pasted."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason
from gateway.cli.main import main
from gateway.config import load
from gateway.ingest.discovery import Discovery

Answer = Callable[[dict[str, object]], None]


@pytest.fixture
def answer(tmp_path: Path) -> Iterator[Answer]:
    """A gateway that answers one watcher with this snapshot."""
    threads = []

    def begin(snapshot: dict[str, object]) -> None:
        listener = socket.create_server(str(tmp_path / "control.sock"), family=socket.AF_UNIX)

        def serve() -> None:
            with listener, listener.accept()[0] as connection:
                assert json.loads(connection.recv(1024)) == {"op": "watch"}
                connection.sendall(json.dumps(snapshot).encode() + b"\n")

        threads.append(threading.Thread(target=serve))
        threads[0].start()

    yield begin
    for thread in threads:
        thread.join()


def heard(*values: tuple[str, Quantity, float | None]) -> list[dict[str, object]]:
    discovery = Discovery()
    for channel, quantity, value in values:
        quality = Quality.BAD if value is None else Quality.GOOD
        reading = Reading(
            device="Sonoff TH 4",
            channel=channel,
            quantity=quantity,
            value=value,
            unit=UNIT_OF[quantity],
            quality=quality,
            reason=Reason.SENSOR_FAILURE if value is None else None,
        )
        discovery.note("tasmota", reading, 1_772_482_680_000_000)
    return discovery.told()


def test_a_stranger_is_shown_with_its_values_and_its_lines_can_be_pasted(
    answer: Answer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = heard(("AM2301", Quantity.TEMPERATURE, 21.5), ("DS18B20-1", Quantity.TEMPERATURE, None))
    answer({"type": "snapshot", "discovered": seen})
    assert main(["devices", "--mqtt", "--data", str(tmp_path)]) == 0
    table, _, lines = capsys.readouterr().out.partition("\nFor kitchen.yaml")
    assert "tasmota  Sonoff TH 4  AM2301 21.5 Cel, DS18B20-1 sensor_failure" in table
    pasted = yaml.safe_load(lines.partition("\n")[2])
    (tmp_path / "kitchen.yaml").write_text(yaml.safe_dump({"kitchen": {"id": "k", "name": "K"}, "mqtt": {}} | pasted))
    config = load(tmp_path / "kitchen.yaml")
    assert [(device.driver, device.sensor) for device in config.devices] == [("tasmota", "Sonoff TH 4")]
    assert [point.channel for point in config.points] == ["AM2301", "DS18B20-1"]


def test_nobody_new_is_said_with_what_may_be_the_reason(
    answer: Answer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer({"type": "snapshot", "discovered": []})
    assert main(["devices", "--mqtt", "--data", str(tmp_path)]) == 1
    assert "mqtt.discover" in capsys.readouterr().out


def test_without_a_gateway_it_says_which_one_was_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--mqtt", "--data", str(tmp_path)]) == 1
    assert f"{tmp_path}/control.sock" in capsys.readouterr().err
