"""docker-compose.yml without Docker: it holds together, and what its containers would run runs here, on real servers.

Not shown by this: that the images pull, that the Dockerfile builds, and InfluxDB 2.7's own set-up.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from brokers import Broker, free_port, need_program, running
from influx_servers import influxd, victoria_metrics

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy" / "docker"
PATIENCE = 40.0
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")
SERVICE_KEYS = {
    *("image", "build", "command", "user", "environment", "volumes", "tmpfs", "ports", "healthcheck", "restart"),
    *("stop_grace_period", "init", "devices", "group_add", "read_only", "cap_drop", "security_opt", "profiles"),
    "secrets",
}
"""Of the Compose Specification, section "Services top-level elements", those that we use."""

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"\w+=", line)
)
FILLED = {name: value or f"secret-of-{name.lower()}" for name, value in EXAMPLE.items()}


def filled(text: str) -> str:
    """With the variables of a .env that somebody filled in."""
    return VARIABLE.sub(lambda found: FILLED.get(found[1]) or found[3], text)


def environment(service: str) -> dict[str, str]:
    return {name: filled(str(value)) for name, value in SERVICES[service]["environment"].items()}


@pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
def test_a_service_has_known_keys_a_pinned_image_and_lists_where_lists_belong(service: dict[str, Any]) -> None:
    assert set(service) <= SERVICE_KEYS
    assert re.search(r":\d+\.\d+\.\d+(-\w+)?$", service["image"])
    for key in ("command", "volumes", "tmpfs", "ports", "devices", "group_add", "cap_drop", "security_opt", "profiles"):
        assert all(isinstance(each, str) for each in service.get(key, [])), key
    assert isinstance(service.get("environment", {}), dict)


def test_the_dockerfile_starts_from_pinned_images_installs_by_hashes_and_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"python:3.11.11-slim-bookworm"}
    assert "--require-hashes" in text
    assert re.search(r"^USER mbg-gateway$", text, re.MULTILINE)
    let_in = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_every_file_volume_and_secret_that_is_named_is_there() -> None:
    named = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    for source in named:
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], source
    assert set(COMPOSE["volumes"]) == {source for source in named if not source.startswith(".")}
    assert {each for service in SERVICES.values() for each in service.get("secrets", [])} == set(COMPOSE["secrets"])


def test_every_variable_is_in_the_example_and_no_secret_has_a_default() -> None:
    used = {name: (how, default) for name, how, default in VARIABLE.findall(TEXT)}
    assert set(used) | {each["environment"] for each in COMPOSE["secrets"].values()} == set(EXAMPLE)
    secrets = {name for name, value in EXAMPLE.items() if value == ""}
    assert {name for name in EXAMPLE if re.search("PASSWORD|TOKEN", name)} == secrets
    assert all(used[name][0] == ":?" for name in secrets), "compose must refuse to start without"
    assert all(used[name][0] for name in used)


def test_the_simulated_devices_may_log_in_and_the_gateway_knows_them() -> None:
    kitchen = yaml.safe_load((DOCKER / "kitchen.yaml").read_text())
    assert FILLED["MBG_MQTT_DEVICES"].split() == [device["id"] for device in kitchen["devices"]]


class Run:
    """The containers' commands as processes here: same files and environment, other addresses."""

    def __init__(self, folder: Path, broker: int, influx: str) -> None:
        self.folder = folder
        self.broker = broker
        self.page = free_port()
        self.plan = folder / "kitchen.yaml"
        text = (DOCKER / "kitchen.yaml").read_text().replace("http://influxdb:8086", influx)
        self.plan.write_text(text.replace("host: mosquitto, port: 1883", f"host: 127.0.0.1, port: {broker}"))
        self.secret = folder / "mqtt_devices"
        self.secret.write_text(FILLED[COMPOSE["secrets"]["mqtt_devices"]["environment"]])
        (folder / "data").mkdir()

    def argv(self, service: str) -> list[str]:
        moved = {
            "/etc/mbg-gateway/kitchen.yaml": str(self.plan),
            "/var/lib/mbg-gateway": str(self.folder / "data"),
            "/tmp/lines": str(self.folder / "lines"),
            "/run/secrets/mqtt_devices": str(self.secret),
            "mosquitto:1883": f"127.0.0.1:{self.broker}",
        }
        words = [moved.get(word, word) for word in SERVICES[service]["command"]]
        return [
            str(Path(sys.executable).with_name("mbg-gateway")),
            *words,
            *(["--port", str(self.page)] * (service == "gateway")),
        ]

    @contextmanager
    def service(self, name: str) -> Iterator[None]:
        given = environment(name) if "environment" in SERVICES[name] else {}
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(self.argv(name), env=os.environ | given, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)

    def healthy(self) -> bool:
        command = [sys.executable, DOCKER / "healthy.py", f"http://127.0.0.1:{self.page}/api/health"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def broker_of_compose(folder: Path) -> Iterator[Broker]:
    """broker.sh with the files that are mounted."""
    need_program("mosquitto")
    port = free_port()
    (folder / "conf.d").mkdir(parents=True)
    (folder / "conf.d" / "limits.conf").write_text((ROOT / "deploy/mosquitto/limits.conf").read_text())
    text = (DOCKER / "mosquitto.conf").read_text().replace("listener 1883", f"listener {port} 127.0.0.1")
    text = text.replace("/run/mbg/passwords", f"{folder}/passwords").replace("/mosquitto/data/", f"{folder}/")
    text = text.replace("/mosquitto/config/access.acl", f"{ROOT}/deploy/mosquitto/access.acl")
    text = text.replace("/mosquitto/config/conf.d", f"{folder}/conf.d")
    assert "/mosquitto/" not in text.replace("deploy/mosquitto/", "")
    # mosquitto started by root would drop to a user who may not read here; the container starts it as its own.
    conf = folder / "mosquitto.conf"
    conf.write_text(text + f"user {'root' if os.geteuid() == 0 else 'mosquitto'}\n")
    settings = [f"{name}={value}" for name, value in environment("mosquitto").items()]
    path = f"PATH={os.environ['PATH']}:/usr/sbin"
    command = ["env", path, *settings, "/bin/sh", str(DOCKER / "broker.sh"), str(folder / "passwords"), str(conf)]
    with running(Broker(command, port, folder / "mosquitto.log")) as broker:
        yield broker


def until(what: str, true: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_simulators_reach_influxdb_through_broker_and_gateway_and_the_health_check_tells(tmp_path: Path) -> None:
    with ExitStack() as all_of:
        broker = all_of.enter_context(broker_of_compose(tmp_path / "broker"))
        server = all_of.enter_context(victoria_metrics(tmp_path))
        run = Run(tmp_path, broker.port, server.url)
        assert not run.healthy()
        with run.service("gateway"):
            until("the gateway becomes healthy", run.healthy)
            with run.service("simulators"):
                kitchen = yaml.safe_load((DOCKER / "kitchen.yaml").read_text())
                points = {point["id"] for point in kitchen["points"]}
                until("every point arrives", lambda: set(server.samples("reading_value")) == points)
        assert not run.healthy()
        passwords = (tmp_path / "broker" / "passwords").read_text()
        assert FILLED["MBG_MQTT_PASSWORD"] not in passwords


def test_without_passwords_the_broker_does_not_start(tmp_path: Path) -> None:
    command = ["/bin/sh", str(DOCKER / "broker.sh"), str(tmp_path / "passwords"), "none"]
    ended = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "MBG_MQTT_PASSWORD" in ended.stderr


def test_every_query_of_the_dashboard_gives_rows(tmp_path: Path) -> None:
    board = json.loads((ROOT / "deploy/grafana/dashboards/kitchen.json").read_text())
    source = yaml.safe_load((ROOT / "deploy/grafana/datasource.yaml").read_text())["datasources"][0]
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
    assert source["jsonData"]["dbName"] == SERVICES["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert environment("grafana")["MBG_INFLUXDB_TOKEN"] == environment("gateway")["MBG_INFLUXDB_TOKEN"]
    at = time.time_ns() // 1_000_000_000 * 1_000_000_000 - 60_000_000_000
    with influxd(tmp_path) as server:
        lines = [
            f"reading,kitchen=k,point=chiller-1 value=3.4,quality=2 {at}",
            f"reading,kitchen=k,point=chiller-1 quality=0 {at + 1_000_000_000}",
            f"reading,kitchen=k,point=freezer-1 value=-18.5,quality=1 {at}",
        ]
        assert server.write("\n".join(lines)) == 204
        (variable,) = board["templating"]["list"]
        (found,) = server.query(variable["query"])
        points = [row[1] for row in found["values"]]  # type: ignore[attr-defined]
        assert points == ["chiller-1", "freezer-1"]
        for panel in board["panels"]:
            query = panel["targets"][0]["query"].replace("$timeFilter", "time > now() - 1h")
            query = query.replace("$__interval", "10s").replace("$point", f"({'|'.join(points)})")
            rows = [row for series in server.query(query) for row in series["values"]]  # type: ignore[attr-defined]
            assert [row for row in rows if row[1] is not None], panel["title"]


def test_influxdb_is_given_all_that_its_first_start_needs() -> None:
    given = environment("influxdb")
    names = ("MODE", "USERNAME", "PASSWORD", "ORG", "BUCKET", "ADMIN_TOKEN", "RETENTION")
    assert set(given) == {f"DOCKER_INFLUXDB_INIT_{name}" for name in names}
    influx = yaml.safe_load((DOCKER / "kitchen.yaml").read_text())["delivery"]["influxdb"]
    assert (influx["org"], influx["bucket"]) == (
        given["DOCKER_INFLUXDB_INIT_ORG"],
        given["DOCKER_INFLUXDB_INIT_BUCKET"],
    )
    assert re.fullmatch(r"\d+[wdh]", given["DOCKER_INFLUXDB_INIT_RETENTION"])


def test_the_health_check_says_what_is_wrong_with_a_gateway_that_is_away_or_records_nothing(tmp_path: Path) -> None:
    answers = {
        "ok": ({"status": "ok", "journal_readable": True, "health": {"recording": True}}, 0),
        "away": ({"status": "gateway_away", "journal_readable": True, "health": None}, 1),
        "disk": ({"status": "attention", "journal_readable": True, "health": {"recording": False}}, 1),
    }
    for name, (body, status) in answers.items():
        (tmp_path / name).write_text(json.dumps(body))
        command = [sys.executable, DOCKER / "healthy.py", (tmp_path / name).as_uri()]
        assert subprocess.run(command, capture_output=True, check=False).returncode == status, name


def test_no_page_of_the_containers_is_open_to_the_network_by_default() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("${MBG_ADDRESS:-127.0.0.1}:") for port in ports)
