"""Measure the microseconds a reading costs in each control, beside appending to a list; then 200 sensors with all.

    python -m bench.rules [--rounds 2400] [--sensors 200]

Absolute figures depend on the machine: compare the ratio to the append of the same run. The first table applies each
rule alone to one trace (a pot that is cooked, marked and cooled, a reading each ten seconds); a verdict is what the
gateway computes each minute of the kitchen's time. Then readings go through the kitchen as from the pipeline: each
sensor has a holding control on either side with a product filter, the detection of cooking, and a batch with every
control of cooked food. CPU time of this process.
"""

import argparse
import json
import math
import platform
import tempfile
import time
from pathlib import Path

from bench.figures import at_most
from drivers.reading import UNIT_OF, Quantity, Reading
from gateway.config import Config, parse
from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.kinds import BATCH_KINDS
from gateway.haccp.rules import holding
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.holding import AlarmLimit, HoldingRule, Side
from gateway.haccp.rules.rule import folded
from gateway.haccp.rules.trace import MINUTE, SECOND, Event, Happening, Mark, Sample, in_order
from gateway.journal.journal import Journal
from gateway.monitoring.batches.batch import BatchMark, BatchState, FoodBatch
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.restore import go_on, kitchen_of
from gateway.records.transaction import Transaction

NOW = 1_795_500_000_000_000
EVERY = 10 * SECOND
GAP = 2 * MINUTE
VERDICT_EVERY = MINUTE // EVERY
"""Readings of a sensor between two verdicts of its batch."""
COOKED = 60 * MINUTE
MARKS = (
    BatchMark(at=NOW, event=Happening.COOKING_STARTED, person="siti"),
    BatchMark(at=NOW + COOKED, event=Happening.COOKING_ENDED, person="siti"),
)


def value_at(number: int) -> float:
    """Return °C: heated for 30 minutes, boiled for 30, cooled in a blast chiller."""
    minute = number * EVERY / MINUTE % 400
    if minute < 30:
        return 4 + 94 * minute / 30
    return 98.0 if minute < 60 else round(2 + 96 * math.exp(-0.02 * (minute - 60)), 2)


def samples(count: int) -> list[Sample]:
    return [Sample(NOW + number * EVERY, value_at(number), "pot") for number in range(count)]


def append(trace: list[Sample]) -> float:
    """Append the trace to a list, as the reference; return µs a reading."""
    samples: list[Sample] = []
    began = time.process_time()
    for sample in trace:
        samples.append(sample)  # noqa: PERF402 - this is what is measured
    return (time.process_time() - began) / len(trace) * 1e6


def hold(trace: list[Sample]) -> float:
    """Apply a holding rule with a critical and a warning limit; return µs a reading."""
    rule = HoldingRule(
        Side.ABOVE, (AlarmLimit("critical", 5, 30 * MINUTE, 0), AlarmLimit("warning", 4, 0, 0)), 0.5, 2 * MINUTE
    )
    state = None
    began = time.process_time()
    for sample in trace:
        state, _ = holding.fold(rule, state, sample.at, sample.value)
    return (time.process_time() - began) / len(trace) * 1e6


def events(trace: list[Sample]) -> list[Event]:
    return list(in_order(trace, [Mark(mark.at, mark.event) for mark in MARKS]))


def of_control(plan: HaccpPlan, control: str, trace: list[Event]) -> tuple[float, float]:
    """Apply one control; return µs a reading, and µs for a verdict at the end."""
    rule = plan.rule(control, None, GAP).rule
    if rule is None:
        raise SystemExit(f"{plan.profile.id} has no limit for {control}")
    began = time.process_time()
    state = folded(rule, trace, GAP)
    took = (time.process_time() - began) / len(trace) * 1e6
    seen = ReadingHistory.of(event for event in trace if isinstance(event, Sample))
    began = time.process_time()
    for _ in range(20):
        rule.verdict(state, seen, trace[-1].at)
    return took, (time.process_time() - began) / 20 * 1e6


def kitchen_yaml(sensors: int, *, guarded: bool) -> str:
    names = [f"probe-{number:03d}" for number in range(sensors)]
    points = [
        {"id": name, "name": name, "device": name, "channel": "T", "quantity": "temperature", "interval": "10s"}
        | ({"measures": "food", "room": "hall"} if guarded else {})
        for name in names
    ]
    points.append(
        {"id": "hall", "name": "Hall", "device": "hall", "channel": "T", "quantity": "temperature", "interval": "10s"}
    )
    limits = {"critical_limit": 120, "warning_limit": 110, "critical_low": -10, "product_filter": "30m"}
    controls = [{"id": f"ccp-{name}", "kind": "ambient", "point": name, **limits} for name in names]
    whole = {
        "kitchen": {"id": "bench", "name": "Bench"},
        "mqtt": {},
        "devices": [{"id": name, "driver": "senml-json"} for name in (*names, "hall")],
        "points": points,
        "control_points": controls if guarded else [],
    }
    return json.dumps(whole)


def kitchen(folder: Path, config: Config) -> tuple[Journal, Kitchen]:
    kinds = {point.id: (point.quantity.value, UNIT_OF[point.quantity]) for point in config.points}
    journal = Journal(folder / "journal.db", kinds, NOW)
    live_kitchen = kitchen_of(config, journal, NOW)
    go_on(live_kitchen, journal, Transaction(), NOW)
    return journal, live_kitchen


def drive(sensors: int, rounds: int, *, guarded: bool) -> tuple[float, float]:
    """Return µs a reading in Kitchen.take, and µs a reading for the minute's verdicts; nothing is written to disk."""
    config = parse(kitchen_yaml(sensors, guarded=guarded), Path("kitchen.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        journal, live_kitchen = kitchen(Path(folder), config)
        if guarded:
            open_batches(live_kitchen)
        taken = judged = 0.0
        for number in range(rounds):
            at, batch = NOW + number * EVERY, Transaction()
            readings = [
                _reading(point.device, 29.0 if point.id == "hall" else value_at(number), at) for point in config.points
            ]
            began = time.process_time()
            for reading in readings:
                live_kitchen.take(batch, reading, at)
            live_kitchen.committed()
            if number % VERDICT_EVERY == VERDICT_EVERY - 1:
                apply_waiting(live_kitchen)
            between = time.process_time()
            if guarded:
                for _ in range(40):  # as many ticks as ten seconds have
                    live_kitchen.batches.tick(batch, at)
            taken, judged = taken + between - began, judged + time.process_time() - between
        journal.close()
    count = rounds * (sensors + 1)
    return taken / count * 1e6, judged / count * 1e6


def apply_waiting(live_kitchen: Kitchen) -> None:
    """Apply readings that wait for a verdict: their cost belongs to the readings, not to the verdict."""
    for live in live_kitchen.batches.live.values():
        if live.fold is None or live.fold.last is None:
            raise SystemExit(f"batch {live.batch.id} has no reading")


def _reading(device: str, value: float, at: int) -> Reading:
    return Reading(device=device, channel="T", quantity=Quantity.TEMPERATURE, value=value, unit="Cel", measured_at=at)


def open_batches(live_kitchen: Kitchen) -> None:
    for number, point in enumerate(live_kitchen.by_id):
        if point == "hall":
            continue
        batch = FoodBatch(
            id=f"b-{number}",
            product="Bench",
            state=BatchState.OPEN,
            opened_at=NOW,
            controls=live_kitchen.plan.batch_controls,
            point=point,
            marks=MARKS[:1],
        )
        live = live_kitchen.batches.begin(Transaction(), batch, key=f"open-{number}", now=NOW)
        due = live_kitchen.batches.refolds.request_of(f"batch:{batch.id}")
        if due is not None:
            live.fold, live.tail = due.empty(), None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2_400, help="of ten seconds; a batch lives so long (%(default)s)")
    parser.add_argument("--sensors", type=int, default=200)
    args = parser.parse_args()
    trace = samples(2_400)
    plan = HaccpPlan(parse(kitchen_yaml(1, guarded=False), Path("kitchen.yaml")).haccp)
    marked = events(trace)
    reference = min(append(trace) for _ in range(5))
    print(f"{platform.machine()}, Python {platform.python_version()}")
    print(f"{'':34}{'µs a reading':>14}{'× append':>10}{'µs a verdict':>14}")
    print(f"{'append to a list':34}{reference:14.3f}{1:10.1f}")
    holding_cost = min(hold(trace) for _ in range(3))
    print(f"{'holding, as alarmed':34}{holding_cost:14.2f}{holding_cost / reference:10.0f}")
    for control in BATCH_KINDS:
        took, judged = min(of_control(plan, control, marked) for _ in range(3))
        print(f"{control:34}{took:14.2f}{took / reference:10.0f}{judged:14.1f}")
    bare, _ = drive(args.sensors, args.rounds, guarded=False)
    whole, judged = drive(args.sensors, args.rounds, guarded=True)
    print(f"\n{args.sensors} sensors, a reading each ten seconds{'':20}µs a reading")
    print(f"{'placed and drawn up, no control':52}{bare:12.1f}")
    print(f"{'with all controls':52}{whole:12.1f}")
    print(f"{'beside them, the verdicts of each minute':52}{judged:12.1f}")
    beside = f"append to a list: {reference:.3f} µs; the reading without controls: {bare:.1f} µs"
    at_most("rules, all controls on, a reading", whole - bare, 15, "µs", beside)


if __name__ == "__main__":
    main()
