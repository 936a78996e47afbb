"""`mbg-gateway demo`: run a simulated kitchen, a broker, the gateway and its page in a temporary folder.

Everything runs as in a kitchen, in separate processes on 127.0.0.1. Only the devices are simulated, the delays are
short and the clock runs ten times as fast, so that the events of a night fit into minutes.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from gateway.cli.supervise import Child, Supervisor, answers, python
from gateway.config import load

HOST = "127.0.0.1"
PAGE_PORT = 8080
BROKER_PORT = 1883
PORTS_TRIED = 20  # from the usual one upwards; then any free one
SPEED = 10.0
FIRST_HOUR = 2  # when such a kitchen begins to cook
SBIN = ("/usr/sbin", "/usr/local/sbin")  # Debian installs mosquitto there; a user's PATH does not include it

STORY = """
A simulated kitchen at {speed:g} times the speed, with short delays. Open the page and watch:
  - 25 kg of rice are delivered, later some is taken out for the day's batch: the stock follows the scale, low stock
    alarms, and four weeks of use say how many days it lasts;
  - a crate stands on the bench scale and waits: say what it is, and it is received;
  - within a minute somebody leaves the chiller's door open: an alarm comes. Acknowledge it, see it go;
  - soup is cooked: a batch is proposed. Left in the warm kitchen it can never get cold enough, and that is said within
    minutes, with the time until which it may be eaten;
  - a probe dies: its tile turns grey, for no data is never "fine".
The story begins anew every minute and a half. Ctrl-C ends it all.
"""


class DemoError(Exception):
    """The demonstration cannot start; the message says why and what helps."""


@dataclass(frozen=True)
class DemoBroker:
    """A broker to start; the page shows `kind` if it is "demonstration"."""

    kind: str
    argv: Sequence[str | Path]


def main(argv: Sequence[str]) -> int:
    """Run until Ctrl-C, then return 0; return 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="mbg-gateway demo", description="A simulated kitchen, no hardware needed.")
    parser.add_argument("--port", type=int, help=f"of the page; else {PAGE_PORT} or the next free one")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep everything there instead of deleting it")
    parser.add_argument(
        "--broker",
        choices=["auto", "mosquitto", "amqtt"],
        default=os.environ.get("MBG_DEMO_BROKER", "auto"),
        help="auto: mosquitto where it is installed, else amqtt, which comes with the demonstration",
    )
    parser.add_argument("--speed", type=float, default=SPEED, help="of the clock (%(default)g times the real one)")
    args = parser.parse_args(argv)
    if args.port and answers(HOST, args.port):
        parser.error(f"--port {args.port}: another program has it; leave it out and a free one is taken")
    port = args.port or free_port(PAGE_PORT)
    print(f"The page: http://{HOST}:{port}/", flush=True)
    print(STORY.format(speed=args.speed), flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _folder(args.folder) as folder:
            _run(folder, port=port, wanted_broker=args.broker, speed=args.speed)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # before the supervisor handles signals; nothing runs yet
    return 0


@contextmanager
def _folder(permanent: Path | None) -> Iterator[Path]:
    if permanent is not None:
        permanent.mkdir(parents=True, exist_ok=True)
        yield permanent.resolve()
        return
    folder = tempfile.mkdtemp(prefix="mbg-demo-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, *, port: int, wanted_broker: str, speed: float) -> None:
    """Start everything, the broker first, and keep it running until a signal."""
    broker_port = free_port(BROKER_PORT)
    broker = choose_broker(wanted_broker, folder=folder, port=broker_port)
    kitchen = _write_kitchen(folder, broker_port)
    clock = clock_flags(datetime.now(load(kitchen).kitchen.timezone), speed)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    commands = {
        "broker": broker.argv,
        "simulators": python(
            "simulators", "kitchen", "--scenario", "demo", "--folder", folder,
            "--broker", f"{HOST}:{broker_port}", "--truth", folder / "truth.jsonl", *clock,
        ),
        "gateway": python(
            "gateway", "--config", kitchen, "--data", data, "--demonstration", "--broker-kind", broker.kind, *clock,
        ),
        "api": python("api", "--data", data, "--host", HOST, "--port", port),
    }  # fmt: skip
    ports = {"broker": broker_port, "api": port}
    children = [
        Child(name, list(map(str, argv)), log=folder / f"{name}.log", answers=_listens(ports.get(name)))
        for name, argv in commands.items()
    ]
    history = python("simulators", "history", "--socket", data / "control.sock", *clock)
    ready = f"Ready, with {broker.kind} as the broker. Everything is in {folder}"

    def on_ready() -> None:
        print(ready, flush=True)
        _enter_history(history, folder / "history.log")

    Supervisor(children, on_ready=on_ready).run()


def _enter_history(argv: list[str], log: Path) -> None:
    """Start a process that enters four weeks of stock movements; it ends by itself."""
    with log.open("wb") as output:
        subprocess.Popen(  # noqa: S603 - our own command line
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )


def _listens(port: int | None) -> Callable[[], bool]:
    return lambda: port is None or answers(HOST, port)


def _write_kitchen(folder: Path, broker_port: int) -> Path:
    result = subprocess.run(  # noqa: S603 - our own command line
        python("simulators", "kitchen-yaml", "--scenario", "demo", "--folder", folder, "--broker-port", broker_port),
        check=False,
        capture_output=True,
    )
    if result.returncode:
        raise DemoError(f"the simulated kitchen has no kitchen.yaml: {result.stderr.decode(errors='replace')}")
    kitchen = folder / "kitchen.yaml"
    kitchen.write_bytes(result.stdout)
    return kitchen


def clock_flags(now: datetime, speed: float) -> list[str]:
    """Return the options of a clock, shared by all processes, that now shows the beginning of the kitchen's day."""
    start = now.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
    return [
        "--clock-start", start.isoformat(), "--clock-speed", str(speed), "--clock-origin", str(now.timestamp()),
    ]  # fmt: skip


def free_port(usual: int) -> int:
    """Return the usual port if it is free, else one of the next, else any."""
    for port in [*range(usual, usual + PORTS_TRIED), 0]:
        with socket.socket() as sock:
            # As servers do: a lingering connection of the last demonstration does not occupy the port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((HOST, port))
            except OSError:
                continue
            return int(sock.getsockname()[1])
    raise DemoError("no free port on 127.0.0.1")


SHIPPED_LIMITS = files("gateway.cli.mosquitto") / "limits.conf"
MOSQUITTO = "listener {port} 127.0.0.1\nallow_anonymous true\n"

AMQTT = """\
listeners:
  default: {{type: tcp, bind: "127.0.0.1:{port}"}}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin: {{allow_anonymous: true}}
"""


def choose_broker(wanted: str, *, folder: Path, port: int) -> DemoBroker:
    """Choose mosquitto if it is installed, else amqtt, and write its configuration into the folder.

    Raises:
        DemoError: the wanted broker is not installed.
    """
    search = os.pathsep.join([os.environ.get("PATH", ""), *SBIN])
    mosquitto = shutil.which("mosquitto", path=search) if wanted in {"auto", "mosquitto"} else None
    settings = folder / "broker.conf"
    if mosquitto is not None:
        settings.write_text(SHIPPED_LIMITS.read_text() + MOSQUITTO.format(port=port))
        return DemoBroker("mosquitto", [mosquitto, "-c", settings])
    if wanted == "mosquitto":
        raise DemoError("there is no mosquitto here: sudo apt-get install mosquitto, or leave out --broker")
    if find_spec("amqtt") is None:
        raise DemoError("there is no broker here: pip install 'mbg-gateway[demo]', or sudo apt-get install mosquitto")
    settings.write_text(AMQTT.format(port=port))
    return DemoBroker("demonstration", python("amqtt.scripts.broker_script", "-c", settings))
