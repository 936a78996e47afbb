"""Assemble the gateway: every room is built here, and handed what it needs.

The links bring arrivals, the pipeline takes them; the order in which a transaction is completed and in which everybody
is told of its commit stands here, once. No thread is started and no port is opened.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from drivers.links.mqtt.link import MqttLink
from drivers.reading import UNIT_OF
from gateway.config import Config
from gateway.delivery.influxdb.progress import Reports, SinkCondition
from gateway.delivery.influxdb.sink import NAME, InfluxSink, SavedProgress, influx_sink
from gateway.delivery.publications import BrokerPublications
from gateway.ingest.discovery import Discovery
from gateway.ingest.entrance import Entrance
from gateway.ingest.links import Links, client_id
from gateway.ingest.mqtt_messages import MqttMessages
from gateway.ingest.queue import BoundedQueue
from gateway.ingest.redelivery import Inbox
from gateway.journal.journal import Journal
from gateway.journal.sealing.retire import Keeping
from gateway.monitoring.changes import Committed
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.recall import Recall
from gateway.monitoring.restore import go_on, kitchen_of
from gateway.records.time_units import DAY
from gateway.records.transaction import SinkRow, Transaction
from gateway.runtime.arrivals import Arrival
from gateway.runtime.clock.clock import GatewayClock
from gateway.runtime.clock.watch import ClockWatch
from gateway.runtime.commands import procedures
from gateway.runtime.commit import Commit, Tell
from gateway.runtime.health.deliveries import COMPARED_AT
from gateway.runtime.health.health import Health
from gateway.runtime.late import LateData
from gateway.runtime.pipeline import Pipeline
from gateway.runtime.refolder import Refolder
from gateway.runtime.sealer import Sealer
from gateway.server.clients import Clients, People, Server
from gateway.server.command_desk import CommandDesk


@dataclass(frozen=True)
class Assembly:
    """A gateway that can be run: the parts with threads of their own, and what a test looks into."""

    kitchen: Kitchen
    journal: Journal
    health: Health
    pipeline: Pipeline
    refolder: Refolder
    sealer: Sealer
    sink: InfluxSink | None


def assemble(
    config: Config,
    path: Path,
    *,
    clock: GatewayClock,
    arrivals: BoundedQueue[Arrival],
    links: Links,
    clients: Clients,
    facts: dict[str, object],
    monotonic: Callable[[], float] = time.monotonic,
) -> Assembly:
    """Build everything over the journal at `path`, from where that stands.

    Args:
        config: kitchen.yaml.
        path: of the journal's file.
        clock: the gateway's one clock.
        arrivals: the queue that links and threads fill.
        links: to broker and ports.
        clients: of the control socket.
        facts: what the snapshot says of this run, such as its clock's speed.
        monotonic: real seconds that only grow.
    """
    restored = restore(config, path, clock)
    kitchen, journal = restored.kitchen, restored.journal
    health = Health(kitchen, journal, arrivals, restored.clock_watch, asking=links.serial)
    sink = influx(config, journal, health, arrivals, clock)
    refolder = Refolder(journal.path, arrivals)
    sealer = sealer_of(config, journal, arrivals, clock)
    discovery = Discovery()
    publications = BrokerPublications(kitchen, links.broker)
    entrance = Entrance(kitchen, messages_of(restored, links, discovery, publications))
    late = LateData(kitchen, Recall(kitchen, journal), refolder)
    people = people_of(restored, links, health=health, discovery=discovery, clients=clients, facts=facts)
    desk = desk_of(restored, links, clients)
    complete = [entrance.complete, late.complete, health.deliveries.complete]
    tell: list[Tell] = [acknowledge(links.broker), publications.publish, people.tell, desk.answer]
    tell += [late.ask, health.deliveries.wake]
    every = config.journal.commit_every
    commit = Commit(kitchen, journal, complete=complete, tell=tell, every=every, begun=restored.begun)
    pipeline = Pipeline(
        arrivals=arrivals,
        clock_watch=restored.clock_watch,
        entrance=entrance,
        late=late,
        server=Server(people, desk),
        health=health,
        commit=commit,
        monotonic=monotonic,
    )
    return Assembly(kitchen, journal, health, pipeline, refolder, sealer, sink)


def acknowledge(broker: MqttLink | None) -> Tell:
    """Return what has the broker forget the messages that the journal has."""

    def tell(committed: Committed) -> None:
        if broker is not None and committed.acknowledgements:
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
    clock_watch.begin(begun, journal.reads.state.clock())
    return Restored(journal, kitchen, clock_watch, begun)


def messages_of(
    restored: Restored, links: Links, discovery: Discovery, publications: BrokerPublications
) -> MqttMessages:
    """Return what opens the broker's messages."""
    return MqttMessages(
        restored.kitchen,
        routes=links.routes,
        discovery=discovery,
        inbox=Inbox(restored.journal.reads.state.inbox()),
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
    clients: Clients,
    facts: dict[str, object],
) -> People:
    """Return who tells at the control socket how things stand. `facts`: of this run."""
    return People(
        restored.kitchen,
        restored.journal,
        health,
        clients,
        discovery=discovery,
        facts=facts | {"can_be_told": links.can_be_told},
    )


def desk_of(restored: Restored, links: Links, clients: Clients) -> CommandDesk:
    """Return who takes the commands of people."""
    return CommandDesk(
        procedures(restored.kitchen, restored.clock_watch, links.scales),
        people={person.id for person in restored.kitchen.config.kitchen.people},
        is_stored=restored.journal.reads.state.has_event,
        clients=clients,
    )


def sealer_of(config: Config, journal: Journal, arrivals: BoundedQueue[Arrival], clock: GatewayClock) -> Sealer:
    """Return what seals the hours of the journal, as long as that is on the disk."""

    def is_recording() -> bool:
        return journal.lost_since is None

    return Sealer(journal.path, arrivals, clock, is_recording=is_recording, keeping=keeping(config))


def keeping(config: Config) -> Keeping:
    """What the journal keeps for how long."""
    settings = config.journal
    most = settings.most_megabytes
    return Keeping(
        readings=settings.keep_readings_days * DAY,
        rollups=settings.keep_charts_days * DAY,
        most_bytes=None if most is None else most * 1_000_000,
    )


def influx(
    config: Config, journal: Journal, health: Health, reports: Reports, clock: GatewayClock
) -> InfluxSink | None:
    """Return the delivery to InfluxDB from where it stood; None when kitchen.yaml names no server."""
    settings = config.delivery.influxdb
    if settings is None:
        return None
    row = journal.reads.state.sink(NAME) or SinkRow(NAME, 0, SinkCondition.OK, None, clock.now())
    compared_at = journal.reads.state.meta(COMPARED_AT.format(NAME))
    sink = influx_sink(
        settings,
        kitchen_id=config.kitchen.id,
        journal_path=journal.path,
        offsets={point.id: point.offset for point in config.points},
        saved=SavedProgress(row.cursor, None if compared_at is None else int(compared_at)),
        reports=reports,
        clock=clock,
        rng=SystemRandom(),
    )
    health.deliveries.begin(row, sink)
    return sink
