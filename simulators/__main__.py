"""Run simulated kitchens from the command line.

python -m simulators kitchen --scenario demo --folder DIR --broker 127.0.0.1:1883
python -m simulators kitchen-yaml --scenario demo --folder DIR
python -m simulators history --socket DIR/control.sock
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from functools import partial
from pathlib import Path

from simulators import clock, control, history, scenario
from simulators.devices.mqtt_probe import BrokerAddress
from simulators.kitchen import SimulatedKitchen
from simulators.truth import TruthFile


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description="A kitchen without hardware.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--scenario", default="demo", help=f"one of {', '.join(scenario.names())}")
    common.add_argument("--folder", type=Path, required=True, help="where the serial lines appear")
    common.add_argument("--kitchen", default="sppg-cimahi-03", help="the kitchen's id")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("kitchen", parents=[common], help="run a kitchen; prints `ready` when it is there")
    run.add_argument("--broker", default="127.0.0.1:1883", metavar="HOST:PORT")
    run.add_argument("--password-file", type=Path, help="the broker's password; each probe logs in as its id")
    run.add_argument("--control", type=Path, metavar="SOCKET", help="drive the kitchen over a Unix socket")
    run.add_argument("--lines", type=float, default=10.0, help="a scale sends in a real second (%(default)s)")
    run.add_argument("--truth", type=Path, metavar="FILE", help="write what really happened, as JSON lines")
    clock.add_flags(run)
    paper = commands.add_parser("history", help="type four weeks of stock into a running gateway")
    paper.add_argument("--socket", type=Path, required=True, help="the gateway's control socket")
    clock.add_flags(paper)
    config = commands.add_parser("kitchen-yaml", parents=[common], help="print the gateway's configuration")
    config.add_argument("--broker-port", type=int, default=1883)
    config.add_argument("--api-port", type=int, default=8080)
    return parser


def _broker(flags: argparse.Namespace) -> BrokerAddress:
    host, _, port = flags.broker.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"--broker {flags.broker} is no HOST:PORT")
    password = flags.password_file.read_text("utf-8").strip() if flags.password_file else None
    return BrokerAddress(host=host, port=int(port), password=password)


async def _run(flags: argparse.Namespace) -> None:
    loaded = scenario.load(flags.scenario)
    time = clock.from_flags(flags)
    truth = TruthFile(flags.truth)
    start = time.now() // clock.SECOND * clock.SECOND
    kitchen = SimulatedKitchen(
        loaded, folder=flags.folder, kitchen=flags.kitchen, broker=_broker(flags), truth=truth, start=start
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    kitchen.start()
    server = None
    if flags.control is not None:
        reply = partial(control.reply_to, kitchen=kitchen, devices=loaded.devices, clock=time)
        server = await control.serve(flags.control, reply)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await _live(kitchen, time, stop, each=1 / flags.lines)
    if server is not None:
        server.close()
        flags.control.unlink(missing_ok=True)
    kitchen.stop()
    truth.close()


async def _live(kitchen: SimulatedKitchen, time: clock.SimulatedClock, stop: asyncio.Event, *, each: float) -> None:
    while not stop.is_set():
        now = time.now()
        kitchen.advance(now)
        kitchen.weigh(now)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), each)


def main() -> int:
    """Run the command; return 0 when stopped by a signal, 2 for a wrong command line or scenario."""
    flags = _arguments().parse_args()
    try:
        if flags.command == "kitchen-yaml":
            text = scenario.kitchen_yaml(
                flags.scenario,
                folder=flags.folder.resolve(),
                kitchen=flags.kitchen,
                broker_port=flags.broker_port,
                api_port=flags.api_port,
            )
            sys.stdout.write(text)
        elif flags.command == "history":
            obeyed = history.enter(flags.socket, clock.from_flags(flags).now())
            sys.stdout.write(f"{obeyed} commands were obeyed\n")
        else:
            flags.folder.mkdir(parents=True, exist_ok=True)
            asyncio.run(_run(flags))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"simulators: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
