"""Compare the storing of messages with the gateway of ThingsBoard, which writes from MQTT to a queue in SQLite.

    python3 -m venv DIR && DIR/bin/pip install thingsboard-gateway
    THINGSBOARD=DIR/bin/python python -m bench.thingsboard [--rounds 2]

It is not part of the project and not required: without it only one line is printed. It stores only after it was once
connected to its server; a second mosquitto plays that role and is gone when the messages come. It gets the same
readings as JSON objects, since it stores no lists. It acknowledges on arrival, our gateway after the commit.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.figures import figure
from bench.ingest import Round, gateway_round, report
from bench.rig import DONE_WITHIN, POLL, Process, began, begin, publishing
from tests.brokers import mosquitto

COMMIT_EVERY = "20ms"
MESSAGES = 20_000
START = "from thingsboard_gateway.tb_gateway import daemon; daemon()"
VERSION = "from importlib.metadata import version; print(version('thingsboard-gateway'))"
TOPIC = "mbg/bench/+/temperature"
DEVICE = r"(?<=mbg\/bench\/)(.*?)(?=\/temperature)"


def settings(folder: Path, *, broker: int, server: int) -> None:
    """Write its configuration: one MQTT connector, a queue in SQLite, nothing else enabled."""
    general = {
        "thingsboard": {
            "host": "127.0.0.1",
            "port": server,
            "remoteShell": False,
            "remoteConfiguration": False,
            "statistics": {"enable": False},
            "security": {"type": "accessToken", "accessToken": "bench"},
            "reportStrategy": {"type": "ON_RECEIVED"},
        },
        "storage": {"type": "sqlite", "data_file_path": f"{folder}/data/", "writing_batch_size": 1_000},
        "grpc": {"enabled": False},
        "connectors": [{"name": "mqtt", "type": "mqtt", "configuration": "mqtt.json"}],
    }
    converter = {
        "type": "json",
        "deviceInfo": {
            "deviceNameExpressionSource": "topic",
            "deviceNameExpression": DEVICE,
            "deviceProfileExpressionSource": "constant",
            "deviceProfileExpression": "probe",
        },
        "sendDataOnlyOnChange": False,
        "attributes": [],
        "timeseries": [{"type": "double", "key": "temperature", "value": "${v}"}],
    }
    security = {"type": "anonymous"}
    mqtt = {
        "broker": {"host": "127.0.0.1", "port": broker, "clientId": "peer", "version": 4, "security": security},
        "mapping": [{"topicFilter": TOPIC, "subscriptionQos": 1, "converter": converter}],
    }
    (folder / "tb_gateway.json").write_text(json.dumps(general))
    (folder / "mqtt.json").write_text(json.dumps(mqtt))


def queued(file: Path) -> int:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


def peer_round(folder: Path, python: str) -> Round:
    with mosquitto(folder / "broker") as broker, mosquitto(folder / "server") as server:
        settings(folder, broker=broker.port, server=server.port)
        # Without its own file of log levels it writes little: errors and when it is ready.
        env = {"PATH": os.environ.get("PATH", ""), "TB_GW_CONFIG_DIR": str(folder)}
        with Process([python, "-c", START], folder / "log", cwd=folder, env=env) as peer:
            peer.wait_for("Gateway started")
            server.kill()
            before = peer.cpu
            with publishing(broker.port, MESSAGES, "--plain") as publisher:
                first = began(publisher)
            deadline = time.monotonic() + DONE_WITHIN
            while (stored := queued(folder / "data" / "data.db")) < MESSAGES:
                if time.monotonic() > deadline:
                    raise SystemExit(f"it stored {stored} of {MESSAGES}:\n{peer.log.read_text()}")
                time.sleep(POLL * 10)
            last = time.time()
            return Round(MESSAGES / (last - first), (peer.cpu - before) / MESSAGES * 1e6, peer.memory)


def installed() -> tuple[str, str] | None:
    """Return the Python in which it is installed, and its version; None without it."""
    python = os.environ.get("THINGSBOARD", "")
    if not python:
        return None
    done = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    return (python, done.stdout.strip()) if done.returncode == 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    installation = installed()
    if installation is None:
        print(
            "thingsboard-gateway is not installed, so it is not measured; python -m bench.thingsboard --help says how"
        )
        return
    python, version = installation
    begin(f"{MESSAGES:,} messages a round, commit_every {COMMIT_EVERY}, thingsboard-gateway {version}")
    turns = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(rounds):
            peer = peer_round(Path(temporary) / f"peer-{number}", python)
            ours = gateway_round(Path(temporary) / f"gateway-{number}", MESSAGES, COMMIT_EVERY)
            turns.append((peer, ours))
    print(f"\n{'median of the rounds':42}{'msg/s':>10}{'CPU µs':>10}{'RSS MB':>10}")
    theirs = report(f"thingsboard-gateway {version}, queued", [peer for peer, _ in turns])
    ours = report("gateway, stored, then acknowledged", [ours for _, ours in turns])
    beside = f"{ours.rate:,.0f}/s beside {theirs.rate:,.0f}/s, CPU {ours.cpu:.0f} µs beside {theirs.cpu:.0f} µs"
    figure(f"MQTT in → stored, beside thingsboard-gateway {version}", f"{ours.rate / theirs.rate:.1f} ×", beside=beside)


if __name__ == "__main__":
    main()
