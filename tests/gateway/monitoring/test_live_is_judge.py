"""Hostile traces through a gateway and its journal have the verdicts, numbers and hash that `judge` gives them."""

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from food_rig import PLAN, FoodRig
from hypothesis import given, settings
from hypothesis import strategies as st
from kitchen_rig import MINUTE, SECOND

from drivers.reading import Quality, Reading, Reason
from gateway.cli.offline.answer import answer
from gateway.config import parse
from gateway.haccp.limits.fields import Fields
from gateway.haccp.limits.fields import parse as parse_json
from gateway.haccp.limits.kinds import BATCH_KINDS
from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import Verdict
from gateway.records.quality import JUDGED_ALTHOUGH_UNCERTAIN

NO_OVERRIDES = PLAN.replace(
    "haccp: {overrides: [{control: eat_by, limit: within_min, value: 300, reason: near schools}]}\n", ""
).replace("measures: food, room: hall", "range: [-60, 300]")
MIDNIGHT = {
    "Asia/Jakarta": "2026-11-24T17:00:00Z",
    "Asia/Makassar": "2026-11-24T16:00:00Z",
    "Asia/Jayapura": "2026-11-24T15:00:00Z",
}
CONTROLS = list(BATCH_KINDS)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Step = tuple[int, int, tuple[Quality, Reason | None]]
qualities = st.one_of(
    st.just((Quality.GOOD, None)),
    st.just((Quality.GOOD, None)),
    st.just((Quality.GOOD, None)),
    st.sampled_from([(Quality.UNCERTAIN, reason) for reason in Reason]),
    st.just((Quality.BAD, Reason.SENSOR_FAILURE)),
)
steps = st.lists(
    st.tuples(st.sampled_from([0, 1, 30, 60, 119, 120, 121, 900, 3600, 7200, 9000]), st.integers(-20, 990), qualities),
    min_size=1,
    max_size=20,
)
marks = st.lists(st.tuples(st.integers(0, 500), st.sampled_from(Happening)), max_size=4)


def iso(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).isoformat()


def readings_of(drawn: list[Step], start: int, channel: str = "pot") -> list[Reading]:
    at, found = start, []
    for step, tenths, (quality, reason) in drawn:
        at += step * SECOND
        found.append(
            Reading(
                device="c1",
                channel=channel,
                quantity="temperature",  # type: ignore[arg-type]
                value=None if quality is Quality.BAD else tenths / 10,
                unit="Cel",
                measured_at=at,
                quality=quality,
                reason=reason,
            )
        )
    return found


def row(reading: Reading) -> list[Any]:
    judged = reading.quality is Quality.GOOD or reading.reason in JUDGED_ALTHOUGH_UNCERTAIN
    quality = "fault" if reading.quality is Quality.BAD else "good" if judged else "suspect"
    return [iso(reading.measured_at or 0), reading.value, quality]


def offline(control: str, traces: list[dict[str, Any]], said: list[dict[str, Any]], zone: str) -> dict[str, Any]:
    case = {
        "control": {"kind": control},
        "traces": traces,
        "marks": said,
        "max_gap_s": 120,
        "zone": zone,
    }
    (verdict,) = answer(Fields(parse_json(json.dumps(case).encode()), folder=Path()))["verdicts"]
    told: dict[str, Any] = verdict
    return told


def live(
    readings: list[Reading],
    said: list[tuple[int, Happening, str | None]],
    *,
    plan: str = NO_OVERRIDES,
    zone: str,
    start: int,
    end: int,
    restart: int,
) -> dict[str, tuple[Verdict, str | None]]:
    config = parse(plan.replace("id: k1,", f"id: k1, zone: {zone},"), Path("kitchen.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        gateway = FoodRig(Path(folder), now=start, config=config)
        opened = gateway.say("batch_open", start, product="Soto", point="pot", controls=CONTROLS)
        for number, reading in enumerate(readings):
            gateway.kitchen.take(gateway.batch, reading, end)
            if number % 5 == 0:
                gateway.commit(end)
            if number == restart:
                gateway.commit(end)
                gateway.restart(end)
        gateway.settle(end)
        for at, event, point in said:
            where = {} if point is None else {"point": point}
            gateway.say("batch_mark", end, batch=opened["id"], event=event.value, at=iso(at), **where)
        gateway.say("batch_close", end, batch=opened["id"])
        gateway.settle(end)
        batch = gateway.kitchen.batches.live[opened["id"]]
        hashes = dict(gateway.rows("SELECT control, trace_hash FROM verdict WHERE final ORDER BY id"))
        gateway.journal.close()
    return {one.control: (one.verdict, hashes.get(one.control)) for one in batch.judged or batch.given.values()}


def moment(text: str | None) -> int | None:
    return None if text is None else round((datetime.fromisoformat(text) - EPOCH) / timedelta(microseconds=1))


def same(
    found: dict[str, tuple[Verdict, str | None]],
    traces: list[dict[str, Any]],
    said: list[tuple[int, Happening, str | None]],
    zone: str,
) -> None:
    """What the gateway gave of a batch is what `judge` gives of its traces and marks."""
    told = [{"at": iso(at), "event": event.value} for at, event, _ in said]
    for control, (verdict, trace_hash) in found.items():
        expected = offline(control, traces, told, zone)
        assert trace_hash == expected["trace_hash"], control
        assert verdict.outcome == expected["verdict"], control
        if expected["verdict"] in {"INFEASIBLE", "PREDICTED_FAIL"}:
            continue
        assert verdict.action == expected["action"], control
        assert verdict.decided_at == moment(expected["decided_at"]), control
        for name, measure in verdict.measures.items():
            if measure is None or not measure.says_something:
                continue
            other = expected["measures"][name]
            if not name.startswith(("predicted", "k_per_h", "ambient")):
                value = moment(other["value"]) if other["unit"] == "time" else other["value"]
                assert measure.value == pytest.approx(value, abs=1e-6), (control, name)
                assert measure.verdict == other["verdict"], (control, name)
                assert measure.gap_min == pytest.approx(other.get("gap_min"), abs=1e-6), (control, name)


@settings(max_examples=30, deadline=None)
@given(drawn=steps, drawn_marks=marks, zone=st.sampled_from(sorted(MIDNIGHT)), data=st.data())
def test_live_and_judge_give_the_same_numbers(
    drawn: list[Step], drawn_marks: list[tuple[int, Happening]], zone: str, data: st.DataObject
) -> None:
    """Across the kitchen's midnight, in any order of arrival, with gaps, repeats and doubts of every kind."""
    start = (moment(MIDNIGHT[zone]) or 0) - 30 * MINUTE
    order = data.draw(st.permutations(readings_of(drawn, start)))
    restart = data.draw(st.integers(0, len(order)))
    end = start + 700 * MINUTE + 20 * 9000 * SECOND
    said = [(start + minute * MINUTE, event, None) for minute, event in drawn_marks if event is not Happening.MOVED]
    found = live(order, said, zone=zone, start=start, end=end, restart=restart)
    same(found, [{"sensor": "pot", "trace": [row(reading) for reading in order]}], said, zone)


@settings(max_examples=30, deadline=None)
@given(
    drawn=st.tuples(steps, steps),
    moves=st.lists(st.integers(0, 500), unique=True, max_size=3),
    own=st.tuples(st.sampled_from([0.0, 0.5, 2.0]), st.sampled_from([0.0, 0.5])),
    drawn_marks=marks,
    data=st.data(),
)
def test_a_batch_that_moves_between_probes_has_the_numbers_of_judge(
    drawn: tuple[list[Step], list[Step]],
    moves: list[int],
    own: tuple[float, float],
    drawn_marks: list[tuple[int, Happening]],
    data: st.DataObject,
) -> None:
    """Each reading counts where the food was, with the uncertainty of its own probe."""
    zone = "Asia/Jakarta"
    start = (moment(MIDNIGHT[zone]) or 0) - 30 * MINUTE
    end = start + 700 * MINUTE + 20 * 9000 * SECOND
    plan = NO_OVERRIDES.replace("range: [-60, 300]}", f"range: [-60, 300], uncertainty: {own[0]}}}", 1)
    plan = plan.replace("measures: food}", f"range: [-60, 300], uncertainty: {own[1]}}}", 1)
    readings = readings_of(drawn[0], start) + readings_of(drawn[1], start, "chiller")
    order = data.draw(st.permutations(readings))
    places = ["pot", *(("chiller", "pot")[number % 2] for number in range(len(moves)))]
    begins = [start, *(start + minute * MINUTE for minute in sorted(moves))]
    ends = [*begins[1:], end + 1]
    said: list[tuple[int, Happening, str | None]] = [
        (at, Happening.MOVED, place) for at, place in list(zip(begins, places, strict=True))[1:]
    ]
    said += [(start + minute * MINUTE, event, None) for minute, event in drawn_marks if event is not Happening.MOVED]
    found = live(order, said, plan=plan, zone=zone, start=start, end=end, restart=data.draw(st.integers(0, len(order))))
    traces = [
        {
            "sensor": name,
            "uncertainty": uncertainty,
            "trace": [
                row(reading)
                for reading in order
                if reading.channel == name
                if any(
                    since <= (reading.measured_at or 0) < until and place == name
                    for since, until, place in zip(begins, ends, places, strict=True)
                )
            ],
        }
        for name, uncertainty in zip(("pot", "chiller"), own, strict=True)
    ]
    same(found, [trace for trace in traces if trace["trace"]], said, zone)
