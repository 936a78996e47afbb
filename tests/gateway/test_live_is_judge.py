"""Hostile traces through a gateway and its journal have the verdicts, numbers and hash that `judge` gives them."""

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Quality, Reading, Reason
from gateway.config import BatchControl, parse
from gateway.judge.answer import answer
from gateway.offline.fields import Fields
from gateway.offline.fields import parse as parse_json
from gateway.quality import JUDGED_ALTHOUGH_UNCERTAIN
from gateway.rules.trace import Happening
from tests.gateway.test_food_batches import MINUTE, PLAN, SECOND, Gateway

NO_OVERRIDES = PLAN.replace(
    "haccp: {overrides: [{control: eat_by, limit: within_min, value: 300, reason: near schools}]}\n", ""
).replace("measures: food, room: hall", "range: [-60, 300]")
MIDNIGHT = {
    "Asia/Jakarta": "2026-11-24T17:00:00Z",
    "Asia/Makassar": "2026-11-24T16:00:00Z",
    "Asia/Jayapura": "2026-11-24T15:00:00Z",
}
CONTROLS = [control.value for control in BatchControl]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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


def readings_of(drawn: list[tuple[int, int, tuple[Quality, Reason | None]]], start: int) -> list[Reading]:
    at, found = start, []
    for step, tenths, (quality, reason) in drawn:
        at += step * SECOND
        found.append(
            Reading(
                device="c1",
                channel="pot",
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


def offline(control: str, readings: list[Reading], said: list[dict[str, Any]], zone: str) -> dict[str, Any]:
    case = {
        "control": {"kind": control},
        "traces": [{"sensor": "pot", "trace": [row(reading) for reading in readings]}],
        "marks": said,
        "max_gap_s": 120,
        "zone": zone,
    }
    (verdict,) = answer(Fields(parse_json(json.dumps(case).encode()), folder=Path()))["verdicts"]
    told: dict[str, Any] = verdict
    return told


def live(
    readings: list[Reading], said: list[tuple[int, Happening]], *, zone: str, start: int, end: int, restart: int
) -> dict[str, Any]:
    config = parse(NO_OVERRIDES.replace("id: k1,", f"id: k1, zone: {zone},"), Path("kitchen.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), now=start, config=config)
        opened = gateway.say("batch_open", start, product="Soto", point="pot", controls=CONTROLS)
        for number, reading in enumerate(readings):
            gateway.kitchen.take(gateway.batch, reading, end)
            if number % 5 == 0:
                gateway.commit(end)
            if number == restart:
                gateway.commit(end)
                gateway.restart(end)
        gateway.settle(end)
        for at, event in said:
            gateway.say("batch_mark", end, batch=opened["id"], event=event.value, at=at)
        gateway.say("batch_close", end, batch=opened["id"])
        gateway.settle(end)
        batch = gateway.batch_of(opened["id"])
        hashes = dict(gateway.rows("SELECT control, trace_hash FROM verdict WHERE final ORDER BY id"))
        gateway.journal.close()
    return {one["control"]: one | {"trace_hash": hashes.get(one["control"])} for one in batch["verdicts"]}


def moment(text: str | None) -> int | None:
    return None if text is None else round((datetime.fromisoformat(text) - EPOCH) / timedelta(microseconds=1))


@settings(max_examples=30, deadline=None)
@given(drawn=steps, drawn_marks=marks, zone=st.sampled_from(sorted(MIDNIGHT)), data=st.data())
def test_live_and_judge_give_the_same_numbers(
    drawn: list[tuple[int, int, tuple[Quality, Reason | None]]],
    drawn_marks: list[tuple[int, Happening]],
    zone: str,
    data: st.DataObject,
) -> None:
    """Across the kitchen's midnight, in any order of arrival, with gaps, repeats and doubts of every kind."""
    start = (moment(MIDNIGHT[zone]) or 0) - 30 * MINUTE
    readings = readings_of(drawn, start)
    order = data.draw(st.permutations(readings))
    restart = data.draw(st.integers(0, len(order)))
    end = start + 700 * MINUTE + 20 * 9000 * SECOND
    said = [(start + minute * MINUTE, event) for minute, event in drawn_marks if event is not Happening.MOVED]
    found = live(order, said, zone=zone, start=start, end=end, restart=restart)
    told = [{"at": iso(at), "event": event.value} for at, event in said]
    for control, verdict in found.items():
        expected = offline(control, order, told, zone)
        if expected["verdict"] in {"INFEASIBLE", "PREDICTED_FAIL"}:
            continue
        assert verdict["verdict"] == expected["verdict"], control
        assert verdict["action"] == expected["action"], control
        assert verdict["decided_at"] == moment(expected["decided_at"]), control
        assert verdict["trace_hash"] == expected["trace_hash"], control
        for name, measure in verdict["measures"].items():
            other = expected["measures"][name]
            if not name.startswith(("predicted", "k_per_h", "ambient")):
                value = moment(other["value"]) if other["unit"] == "time" else other["value"]
                assert measure["value"] == pytest.approx(value, abs=1e-6), (control, name)
                assert measure["verdict"] == other["verdict"], (control, name)
                assert measure["gap_min"] == pytest.approx(other.get("gap_min"), abs=1e-6), (control, name)
