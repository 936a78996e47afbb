"""The gateway process: builds everything, starts the threads, stops them.

Threads: one a serial port, one for the broker, one for the control socket, one for late readings, one that seals hours,
one a delivery, and the pipeline, where they meet. A thread that does not turn any more cannot be helped from inside:
the process ends, and whoever started it starts it again; the journal and the broker's session hold what was under way.
"""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import SystemRandom
from ssl import SSLContext
from typing import Protocol

from drivers.errors import ConfigurationError
from drivers.links.mqtt import MqttLink, MqttSettings, tls_context
from drivers.links.serial import SerialLink
from drivers.reading import UNIT_OF
from gateway.announcer import Announcer
from gateway.clocks.clock import GatewayClock
from gateway.clocks.commands import clock_commands
from gateway.clocks.flags import add_clock_flags, clock_of
from gateway.clocks.watch import ClockWatch
from gateway.commands import COMMANDS
from gateway.config import Config, ConfigError, load, read_secret
from gateway.control import ControlSocket
from gateway.delivery.access import Access
from gateway.delivery.influxdb import NAME, InfluxSink, influx_sink
from gateway.delivery.progress import SinkCondition
from gateway.discovery import Discovery
from gateway.food.commands import BATCH_COMMANDS
from gateway.home_assistant import OFFLINE, ROOT, status_topic
from gateway.inbox import Inbox
from gateway.intake import Intake
from gateway.journal.errors import JournalError
from gateway.journal.folder import FILE, single_writer
from gateway.journal.journal import Journal
from gateway.journal.records import Batch, SinkRow
from gateway.journal.retire import DAY, Keeping
from gateway.kitchen import Kitchen
from gateway.people import People
from gateway.pipeline import Pipeline
from gateway.ports import wired_links
from gateway.post import Post
from gateway.refold import Refolder
from gateway.restore import go_on, kitchen_of
from gateway.routes import Routes, routes_of
from gateway.scale_commands import scale_commands
from gateway.sealer import Sealer
from gateway.sensors.commands import CALIBRATION_COMMANDS
from gateway.stockroom.commands import STOCK_COMMANDS
from gateway.system_watch import COMPARED_AT, SystemWatch

SILENT_TOO_LONG = 60.0
"""Seconds without a beat after which a thread is taken for dead: a TLS handshake or a slow disk takes 15."""
LOOK_EVERY = 1.0
STOPPED = 10.0
"""Seconds between two looks from which on the whole process stood still (SIGSTOP, a computer without memory)."""
STOP_WITHIN = 5.0

log = logging.getLogger("gateway")


class Runs(Protocol):
    """Something with a thread of its own."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


class Beats(Runs, Protocol):
    """Its thread turns at least once a second; `last_beat` is the real time.monotonic() of the last turn."""

    @property
    def last_beat(self) -> float: ...


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
    """Build, start, wait for a signal or a dead thread, stop."""
    clock = clock_of(args, source=config.clock.source, journal=args.data / FILE)
    intake: Intake[object] = Intake()
    points = {point.id: (point.quantity.value, UNIT_OF[point.quantity]) for point in config.points}
    journal = Journal(args.data / FILE, points, clock.now())
    kitchen = kitchen_of(config, journal, clock.now())
    begun = Batch()
    go_on(kitchen, journal, begun, clock.now())
    clock_watch = ClockWatch(clock, kitchen, journal, asks_people=config.clock.source == "person")
    clock_watch.begin(begun, journal.ask(lambda disk: disk.clock_state(), None))
    watch = SystemWatch(kitchen, journal, intake)
    watch.watch_clock(clock_watch)
    control = ControlSocket(args.data / "control.sock", intake)
    refolder = Refolder(journal.path, intake)
    sealer = Sealer(
        journal.path, intake, clock, is_recording=lambda: journal.lost_since is None, keeping=keeping(config)
    )
    routes = routes_of(config)
    discovery = Discovery()
    broker = mqtt_link(config, routes, intake, clock)
    ports = wired_links(config, intake, clock)
    buses = [port for port in ports if isinstance(port, SerialLink)]
    for bus in buses:
        watch.watch_bus(bus)
    scales = told_scales(config, buses)
    sink = influx(config, journal, watch, intake, clock)
    pipeline = Pipeline(
        kitchen=kitchen,
        journal=journal,
        intake=intake,
        clock=clock,
        post=Post(
            kitchen,
            routes=routes,
            discovery=discovery,
            inbox=Inbox(journal.ask(lambda disk: disk.inbox(), [])),
            publisher=broker,
            session=client_id(config),
            announcer=announcer_of(config, kitchen, broker),
        ),
        people=People(
            kitchen,
            journal,
            watch,
            control,
            discovery=discovery,
            facts=facts(args, clock, config) | {"can_be_told": can_be_told(scales)},
            commands={
                **COMMANDS,
                **BATCH_COMMANDS,
                **CALIBRATION_COMMANDS,
                **STOCK_COMMANDS,
                **scale_commands(scales),
                **clock_commands(clock_watch),
            },
        ),
        watch=watch,
        clock_watch=clock_watch,
        refolder=refolder,
        broker=broker,
        after_commit=[sink.wake] if sink is not None else [],
        send_again=None if sink is None else sink.send_again,
        commit_every=config.journal.commit_every,
        begun=begun,
    )
    watched: list[Beats] = [control, refolder, sealer, *([broker] if broker else []), *ports, pipeline]
    status = keep_running(watched, unwatched=[sink] if sink else [])
    journal.close()
    return status


def keeping(config: Config) -> Keeping:
    """What the journal keeps for how long."""
    settings = config.journal
    most = settings.most_megabytes
    return Keeping(
        readings=settings.keep_readings_days * DAY,
        rollups=settings.keep_charts_days * DAY,
        most_bytes=None if most is None else most * 1_000_000,
    )


def facts(args: argparse.Namespace, clock: GatewayClock, config: Config) -> dict[str, object]:
    """What the API should know of this run. `history`: whom it may ask for what is older than the journal."""
    influxdb = config.delivery.influxdb
    return {
        "history": None if influxdb is None else Access.pack(influxdb),
        "clock": {"speed": clock.speed},
        "demonstration": args.demonstration,
        "broker": {"kind": args.broker_kind},
    }


def told_scales(config: Config, ports: Sequence[SerialLink]) -> dict[str, SerialLink]:
    """The scales that can be told something, with their links."""
    return {device.id: port for device in config.devices for port in ports if port.commands(device.id)}


def can_be_told(scales: Mapping[str, SerialLink]) -> dict[str, list[str]]:
    """What each of them can be told."""
    return {device: sorted(link.commands(device)) for device, link in scales.items()}


def client_id(config: Config) -> str:
    """By this name the broker keeps what we have not acknowledged."""
    return f"mbg-gateway-{config.kitchen.id}"


def announcer_of(config: Config, kitchen: Kitchen, broker: MqttLink | None) -> Announcer | None:
    """Who tells Home Assistant; None when kitchen.yaml does not ask for it."""
    if broker is None or config.mqtt is None or config.mqtt.home_assistant is None:
        return None
    return Announcer(kitchen, broker, prefix=config.mqtt.home_assistant)


def mqtt_link(config: Config, routes: Routes, intake: Intake[object], clock: GatewayClock) -> MqttLink | None:
    """The broker's link; None when kitchen.yaml names no broker."""
    mqtt = config.mqtt
    if mqtt is None:
        return None
    tls: SSLContext | None = None
    if mqtt.tls is not None:
        tls = tls_context(*(str(file) if file else None for file in (mqtt.tls.ca, mqtt.tls.cert, mqtt.tls.key)))
    settings = MqttSettings(
        client_id=client_id(config),
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=read_secret(env=mqtt.password_env, file=mqtt.password_file),
        tls=tls,
        will=(status_topic(config.kitchen.id), OFFLINE),
        check=f"{ROOT}/{config.kitchen.id}/check",
    )
    return MqttLink(settings, routes.filters, intake, clock)


def influx(
    config: Config, journal: Journal, watch: SystemWatch, intake: Intake[object], clock: GatewayClock
) -> InfluxSink | None:
    """The delivery to InfluxDB from where it stood; None when kitchen.yaml names no server."""
    settings = config.delivery.influxdb
    if settings is None:
        return None
    row = journal.ask(lambda disk: disk.sink(NAME), None) or SinkRow(NAME, 0, SinkCondition.OK, None, clock.now())
    watch.watch_sink(row)
    compared_at = journal.ask(lambda disk: disk.meta(COMPARED_AT.format(NAME)), None)
    return influx_sink(
        settings,
        kitchen_id=config.kitchen.id,
        journal_path=journal.path,
        offsets={point.id: point.offset for point in config.points},
        cursor=row.cursor,
        intake=intake,
        clock=clock,
        rng=SystemRandom(),
        compared_at=None if compared_at is None else int(compared_at),
    )


def keep_running(watched: Sequence[Beats], *, unwatched: Sequence[Runs]) -> int:
    """Start a thread each, wait until a signal comes or one of them is dead, stop all, the last one last.

    A delivery is not `watched`: it may hang on a network for as long as that likes.

    Returns:
        0 after a signal, 70 when a thread was dead.
    """
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    runners: list[Runs] = [*unwatched, *watched]
    threads = [threading.Thread(target=runner.run, name=type(runner).__name__, daemon=True) for runner in runners]
    for thread in threads:
        thread.start()
    looked_at = went_on_at = time.monotonic()
    while not over.wait(LOOK_EVERY):
        now = time.monotonic()
        if now - looked_at > STOPPED:
            went_on_at = now
        looked_at = now
        dead = [thread.name for thread in threads if not thread.is_alive()]
        dead += [
            type(runner).__name__ for runner in watched if now - max(runner.last_beat, went_on_at) > SILENT_TOO_LONG
        ]
        if dead:
            log.critical("%s does not turn any more: the gateway ends, to be started anew", ", ".join(dead))
            return 70
    for runner, thread in zip(runners, threads, strict=True):
        runner.stop()
        thread.join(STOP_WITHIN)
    return 0


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    # A thread that hangs would keep the interpreter from ending.
    os._exit(status)
