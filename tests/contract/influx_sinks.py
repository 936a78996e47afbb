"""The sink to InfluxDB over a small journal, stepped by the test."""

import weakref
from random import Random

from influx_fakes import Queue, Settings, SmallJournal

from gateway.delivery.influxdb.sink import POLL, InfluxSink, SavedProgress, influx_sink
from gateway.runtime.clock.clock import RealClock


def sink_to(where: Settings, journal: SmallJournal, queue: Queue, *, cursor: int = 0) -> InfluxSink:
    sink = influx_sink(
        where,
        kitchen_id="sppg-cimahi-03",
        journal_path=journal.path,
        offsets={"core": 0.1},
        saved=SavedProgress(cursor),
        reports=queue,
        clock=RealClock(),
        rng=Random(1),
    )
    weakref.finalize(sink, sink._outbox.close)
    return sink


def deliver(sink: InfluxSink) -> None:
    """Step until there is nothing left to do; never waits."""
    assert any(sink.step() == POLL for _ in range(10_000))
