"""The gateway process: builds everything, starts the threads, stops them.

Threads: one a serial port, one for the broker, one for the control socket, one for late readings, one that seals hours,
one a delivery, and the pipeline, where they meet.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from drivers.errors import ConfigurationError
from drivers.links.mqtt.link import MqttLink
from drivers.reading import UNIT_OF
from gateway.config import Config, ConfigError, load
from gateway.delivery.influxdb.access import Access
from gateway.delivery.influxdb.progress import Reports, SinkCondition
from gateway.delivery.influxdb.sink import NAME, InfluxSink, influx_sink
from gateway.delivery.publications import Publications
from gateway.ingest.discovery import Discovery
from gateway.ingest.entrance import Entrance
from gateway.ingest.links import Links, client_id, links_of
from gateway.ingest.mqtt_messages import MqttMessages
from gateway.ingest.queue import BoundedQueue
from gateway.ingest.redelivery import Inbox
from gateway.ingest.scale_commands import scale_commands
from gateway.journal.errors import JournalError
from gateway.journal.folder import FILE, single_writer
from gateway.journal.journal import Journal
from gateway.journal.retire import DAY, Keeping
from gateway.monitoring.batches.commands import BATCH_COMMANDS
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.probes.commands import CALIBRATION_COMMANDS
from gateway.monitoring.recall import Recall
from gateway.monitoring.restore import go_on, kitchen_of
from gateway.records.transaction import SinkRow, Transaction
from gateway.runtime.arrivals import Arrival
from gateway.runtime.clock.clock import GatewayClock
from gateway.runtime.clock.commands import clock_commands
from gateway.runtime.clock.flags import add_clock_flags, clock_of
from gateway.runtime.clock.watch import ClockWatch
from gateway.runtime.commit import Commit, Committed, Tell
from gateway.runtime.health.deliveries import COMPARED_AT
from gateway.runtime.health.health import Health
from gateway.runtime.late import LateData
from gateway.runtime.pipeline import Pipeline
from gateway.runtime.refolder import Refolder
from gateway.runtime.sealer import Sealer
from gateway.runtime.threads import Beats, keep_running
from gateway.server.clients import People
from gateway.server.commands import COMMANDS
from gateway.server.socket import ControlSocket
from gateway.stock.commands.table import STOCK_COMMANDS

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
    """Build, start, wait for a signal or a dead thread, stop."""
    clock = clock_of(args, source=config.clock.source, journal=args.data / FILE)
    arrivals: BoundedQueue[Arrival] = BoundedQueue()
    restored = restore(config, args.data / FILE, clock)
    kitchen, journal = restored.kitchen, restored.journal
    links = links_of(config, arrivals, clock)
    health = Health(kitchen, journal, arrivals, restored.clock_watch, asking=links.serial)
    sink = influx(config, journal, health, arrivals, clock)
    control = ControlSocket(args.data / "control.sock", arrivals)
    refolder = Refolder(journal.path, arrivals)
    sealer = Sealer(
        journal.path, arrivals, clock, is_recording=lambda: journal.lost_since is None, keeping=keeping(config)
    )
    discovery = Discovery()
    publications = Publications(kitchen, links.broker)
    entrance = Entrance(kitchen, messages_of(restored, links, discovery, publications))
    late = LateData(kitchen, Recall(kitchen, journal), refolder)
    people = people_of(
        restored, links, health=health, discovery=discovery, control=control, facts=facts(args, clock, config)
    )
    commit = Commit(
        kitchen,
        journal,
        complete=[entrance.complete, late.complete, health.deliveries.complete],
        tell=told_of_a_commit(links, publications, people, late, health),
        every=config.journal.commit_every,
        begun=restored.begun,
    )
    pipeline = Pipeline(
        arrivals=arrivals,
        clock=clock,
        clock_watch=restored.clock_watch,
        entrance=entrance,
        late=late,
        people=people,
        health=health,
        commit=commit,
    )
    watched: list[Beats] = [control, refolder, sealer, *links.all, pipeline]
    status = keep_running(watched, unwatched=[sink] if sink else [])
    journal.close()
    return status


def told_of_a_commit(
    links: Links, publications: Publications, people: People, late: LateData, health: Health
) -> list[Tell]:
    """Return who is told of a commit, in this order: nobody waits for what another of them sends over a network."""
    return [
        *([] if links.broker is None else [acknowledge(links.broker)]),
        lambda committed: publications.publish(committed.changes, committed.now, committed.moment),
        people.tell,
        late.ask,
        health.deliveries.wake,
    ]


def acknowledge(broker: MqttLink) -> Tell:
    """Return what has the broker forget the messages that the journal has."""

    def tell(committed: Committed) -> None:
        if committed.acknowledgements:
            broker.acknowledge(committed.acknowledgements)

    return tell


@dataclass(frozen=True)
class Restored:
    """The kitchen as the journal left it, and `begun`: what the start has recorded since."""

    journal: Journal
    kitchen: Kitchen
    clock_watch: ClockWatch
    begun: Transaction


def restore(config: Config, path: Path, clock: GatewayClock) -> Restored:
    """Open the journal, and go on from where it stands."""
    points = {point.id: (point.quantity.value, UNIT_OF[point.quantity]) for point in config.points}
    journal = Journal(path, points, clock.now())
    kitchen = kitchen_of(config, journal, clock.now())
    begun = Transaction()
    go_on(kitchen, journal, begun, clock.now())
    clock_watch = ClockWatch(clock, kitchen, journal, asks_people=config.clock.source == "person")
    clock_watch.begin(begun, journal.ask(lambda disk: disk.clock_state(), None))
    return Restored(journal, kitchen, clock_watch, begun)


def messages_of(restored: Restored, links: Links, discovery: Discovery, publications: Publications) -> MqttMessages:
    """Return what opens the broker's messages."""
    return MqttMessages(
        restored.kitchen,
        routes=links.routes,
        discovery=discovery,
        inbox=Inbox(restored.journal.ask(lambda disk: disk.inbox(), [])),
        publications=publications,
        broker=links.broker,
        session=client_id(restored.kitchen.config),
    )


def people_of(
    restored: Restored,
    links: Links,
    *,
    health: Health,
    discovery: Discovery,
    control: ControlSocket,
    facts: dict[str, object],
) -> People:
    """Return who answers at the control socket, with all that may be asked there. `facts`: of this run."""
    return People(
        restored.kitchen,
        restored.journal,
        health,
        control,
        discovery=discovery,
        facts=facts | {"can_be_told": links.can_be_told},
        commands={
            **COMMANDS,
            **BATCH_COMMANDS,
            **CALIBRATION_COMMANDS,
            **STOCK_COMMANDS,
            **scale_commands(links.scales),
            **clock_commands(restored.clock_watch),
        },
    )


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


def influx(
    config: Config, journal: Journal, health: Health, reports: Reports, clock: GatewayClock
) -> InfluxSink | None:
    """Return the delivery to InfluxDB from where it stood; None when kitchen.yaml names no server."""
    settings = config.delivery.influxdb
    if settings is None:
        return None
    row = journal.ask(lambda disk: disk.sink(NAME), None) or SinkRow(NAME, 0, SinkCondition.OK, None, clock.now())
    compared_at = journal.ask(lambda disk: disk.meta(COMPARED_AT.format(NAME)), None)
    sink = influx_sink(
        settings,
        kitchen_id=config.kitchen.id,
        journal_path=journal.path,
        offsets={point.id: point.offset for point in config.points},
        cursor=row.cursor,
        intake=reports,
        clock=clock,
        rng=SystemRandom(),
        compared_at=None if compared_at is None else int(compared_at),
    )
    health.deliveries.begin(row, sink)
    return sink


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    # A thread that hangs would keep the interpreter from ending.
    os._exit(status)
