"""`mbg-gateway run`: run gateway and API as two processes, restart one that dies, stop them together.

    started ──► running ──► died ──► wait 0.2 s, doubling to 5 s ──► started …
                   └── SIGTERM, SIGINT ──► SIGTERM to all ──► 10 s ──► SIGKILL to who is left

A crash of the API does not affect alarms, and a gateway that must end itself (a link or the pipeline hangs) restarts
from its journal. Under systemd the unit may be `Type=notify` with `WatchdogSec`.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

from gateway.cli.check import load_or_explain

FIRST_DELAY = 0.2  # s before the first restart: an alarm waits no longer than that
LAST_DELAY = 5.0  # s, then no slower: a port that was busy or a disk that was full may be free again
SETTLED = 10.0  # s lived: the next death is a new failure, not the old one
STOP_PATIENCE = 10.0  # s for the last transaction and for open streams
TICK = 0.1  # s between two looks at the children
WATCHDOG_EVERY = 1.0  # s; a unit's WatchdogSec is some tens of seconds
LAST_LINES = 5  # lines of a child's log that are printed when it dies

PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None, use_errno=True)


def restart_delay(previous: float, lived: float) -> float:
    """Return the seconds to wait after a child that waited `previous` seconds before its start and lived `lived`."""
    return FIRST_DELAY if lived >= SETTLED or previous == 0 else min(previous * 2, LAST_DELAY)


def spell_status(status: int) -> str:
    """Return the `status` of a subprocess in words."""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def python(module: str, *arguments: object) -> list[str]:
    """Return the command line of one of our modules; `-P` ignores a folder of its name in the working directory."""
    return [sys.executable, "-P", "-m", module, *map(str, arguments)]


class Child:
    """One process to keep running; its output goes to `log`, else to that of the supervisor."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path | None = None,
        answers: Callable[[], bool] = lambda: True,
    ) -> None:
        """`answers` is called after the first start: the next child starts only after it has returned True."""
        self.name = name
        self.argv = argv
        self.log = log
        self._answers = answers
        self.up = False
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.delay = 0.0
        self._log_start = 0  # where the output of the present run begins

    @property
    def due(self) -> float:
        """The time of the next start, in seconds of time.monotonic()."""
        return self.started + self.delay

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process."""
        self.started = time.monotonic()
        with ExitStack() as files:
            output = files.enter_context(self.log.open("ab")) if self.log else None
            self._log_start = output.tell() if output else 0
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                self.argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C reaches only the supervisor, which then stops the children in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has one thread
            )

    def look(self) -> None:
        """Record whether it has answered."""
        self.up = self.up or self._answers()

    def obituary(self) -> str | None:
        """Return a message if it has died since the last call, else None; it is then due again after a delay."""
        if self.process is None or (status := self.process.poll()) is None:
            return None
        self.process = None
        now = time.monotonic()
        self.delay = restart_delay(self.delay, now - self.started)
        self.started = now
        return f"{self.name} ended with {spell_status(status)}; started again in {self.delay:g} s{self._last_lines()}"

    def _last_lines(self) -> str:
        if self.log is None:
            return ""
        lines = self.log.read_bytes()[self._log_start :].decode(errors="replace").splitlines()
        return "".join(f"\n    {line}" for line in lines[-LAST_LINES:])


def _die_with_parent() -> None:
    """Have the kernel stop this child when its parent is killed, so that no gateway runs without a supervisor."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Start children in the given order and keep them running until SIGTERM or SIGINT."""

    def __init__(self, children: Sequence[Child], *, on_ready: Callable[[], None]) -> None:
        """`on_ready` is called once, when every child has answered."""
        self.children = children
        self._on_ready = on_ready
        self._ready = False
        self._patted = float("-inf")
        self._stopping = False
        # systemd expects messages from the supervisor only; a child must not report for the service.
        self._environment = {
            name: text for name, text in os.environ.items() if name not in {"NOTIFY_SOCKET", "WATCHDOG_USEC"}
        }

    def run(self) -> None:
        """Run until a signal; return when every child has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            self._look()
            # Now, not when the page answers: systemd must not kill the gateway because the page's port is taken.
            notify("READY=1")
            while not self._stopping:
                self._look()
                self._announce()
                self._pat_watchdog()
                time.sleep(TICK)
        finally:
            notify("STOPPING=1")
            stop(self.children)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _look(self) -> None:
        for child in self.children:
            if obituary := child.obituary():
                print(obituary, file=sys.stderr, flush=True)
            if child.process is None and time.monotonic() >= child.due:
                child.start(self._environment)
            child.look()
            if not child.up:
                break

    def _pat_watchdog(self) -> None:
        if time.monotonic() >= self._patted + WATCHDOG_EVERY:
            self._patted = time.monotonic()
            notify("WATCHDOG=1")

    def _announce(self) -> None:
        if not self._ready and all(child.up for child in self.children):
            self._ready = True
            self._on_ready()


def stop(children: Sequence[Child]) -> None:
    """Terminate all children, the last started first; kill them after STOP_PATIENCE seconds."""
    running = [child.process for child in reversed(children) if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_PATIENCE
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def notify(state: str) -> None:
    """Send a state to systemd, if it listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address is None:
        return
    # A service manager that does not read must not delay the gateway.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, suppress(OSError):
        sock.setblocking(False)
        sock.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)


def answers(host: str, port: int) -> bool:
    """Tell whether a program listens on a port."""
    try:
        socket.create_connection((host, port), timeout=TICK).close()
    except OSError:
        return False
    return True


def main(argv: Sequence[str]) -> int:
    """Run until a signal, then return 0; return 2 for a wrong configuration or data folder."""
    parser = argparse.ArgumentParser(prog="mbg-gateway run", description="Run the gateway and its page.")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="kitchen.yaml")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the journal is kept")
    parser.add_argument("--host", help="address of the page, else api.host of the file")
    parser.add_argument("--port", type=int, help="port of the page, else api.port of the file")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name by which tablets call this machine"
    )
    if any(argument.startswith("--clock") for argument in argv):
        parser.error("run takes the machine's time; only the demo and tests turn the clock")
    args = parser.parse_args(argv)

    config = load_or_explain(args.config)
    if config is None:
        return 2
    try:
        args.data.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--data {args.data}: {error.strerror}; name a folder that this user may write to")
    host, port = args.host or config.api.host, args.port or config.api.port

    page = f"The page: http://{host}:{port}/"
    if answers(host, port):
        page = f"No page: another program has port {port}; choose another by --port or api.port. The gateway runs."
    gateway = python("gateway", "--config", args.config, "--data", args.data)
    names = [f"--allow-host={name}" for name in (*config.api.allow_hosts, *args.allow_host)]
    api = python("api", "--data", args.data, "--host", host, "--port", port, *names)
    Supervisor(
        [Child("gateway", gateway), Child("api", api, answers=lambda: answers(host, port))],
        on_ready=lambda: print(page, flush=True),
    ).run()
    return 0
