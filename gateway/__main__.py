"""The gateway process: builds everything, starts the threads, stops them.

Threads: one a serial port, one for the broker, one for the control socket, one for late readings, one that seals hours,
one a delivery, and the pipeline, where they meet.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from drivers.errors import ConfigurationError
from gateway.config import Config, ConfigError, load
from gateway.delivery.influxdb.access import Access
from gateway.ingest.links import links_of
from gateway.ingest.queue import BoundedQueue
from gateway.journal.errors import JournalError
from gateway.journal.files.folder import FILE, single_writer
from gateway.runtime.arrivals import Arrival
from gateway.runtime.assembly import assemble
from gateway.runtime.clock.clock import GatewayClock
from gateway.runtime.clock.flags import add_clock_flags, clock_of
from gateway.runtime.threads import Beats, keep_running
from gateway.server.socket import ControlSocket

log = logging.getLogger("gateway")


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT.

    Returns:
        the exit status: 0, 2 for what a person must repair, 70 for a thread that was dead.
    """
    args = arguments().parse_args(argv)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    try:
        config = load(args.config)
        args.data.mkdir(parents=True, exist_ok=True)
        with single_writer(args.data):
            return run(config, args)
    except (ConfigError, ConfigurationError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    except (JournalError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 - one line, no traceback: it is for a person
    return 2


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="The gateway process.")
    parser.add_argument("--config", type=Path, required=True, help="kitchen.yaml")
    parser.add_argument("--data", type=Path, required=True, help="folder of the journal")
    add_clock_flags(parser)
    parser.add_argument("--demonstration", action="store_true", help="say on the page that nothing here is real")
    parser.add_argument("--broker-kind", choices=("mosquitto", "demonstration"), default=None)
    return parser


def run(config: Config, args: argparse.Namespace) -> int:
    """Assemble, start, wait for a signal or a dead thread, stop."""
    clock = clock_of(args, source=config.clock.source, journal=args.data / FILE)
    arrivals: BoundedQueue[Arrival] = BoundedQueue()
    links = links_of(config, arrivals, clock)
    control = ControlSocket(args.data / "control.sock", arrivals)
    gateway = assemble(
        config,
        args.data / FILE,
        clock=clock,
        arrivals=arrivals,
        links=links,
        clients=control,
        facts=facts(args, clock, config),
    )
    watched: list[Beats] = [control, gateway.refolder, gateway.sealer, *links.all, gateway.pipeline]
    status = keep_running(watched, unwatched=[gateway.sink] if gateway.sink else [])
    gateway.journal.close()
    return status


def facts(args: argparse.Namespace, clock: GatewayClock, config: Config) -> dict[str, object]:
    """What the API should know of this run. `history`: whom it may ask for what is older than the journal."""
    influxdb = config.delivery.influxdb
    return {
        "history": None if influxdb is None else Access.pack(influxdb),
        "clock": {"speed": clock.speed},
        "demonstration": args.demonstration,
        "broker": {"kind": args.broker_kind},
    }


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    # A thread that hangs would keep the interpreter from ending.
    os._exit(status)
