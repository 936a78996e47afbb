"""`mbg-gateway coverage`: a night with every kind of gap adds up to the second."""

import csv
import io
import sqlite3
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.contract import LinkChange, Trouble
from gateway.cli.main import main
from gateway.journal.coverage.of_point import coverage_of
from gateway.journal.coverage.stretches import Cover, totals
from gateway.journal.files.read_only import open_read_only
from gateway.journal.sealing.retire import Keeping, retire
from gateway.journal.sealing.seal import due, journal_id, seal
from gateway.journal.writing.writer import Writer
from gateway.records.gaps import link_gap, overrun_gap
from gateway.records.time_units import HOUR
from gateway.records.transaction import Event, Transaction, Upkeep

SECOND = 1_000_000
MINUTE = 60 * SECOND
START = 1_741_154_400_000_000
"""2025-03-05 06:00 UTC."""
NIGHT = 10 * HOUR
PLAN = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
points: [{id: c1-air, name: C, device: c1, channel: temperature, quantity: temperature, interval: 10s}]
"""
AWAY = [
    # from, to in minutes, reason
    (60, 90, "gateway_off"),
    (150, 155, "disk"),
    (200, 220, "broker_lost"),
    (300, 310, "device_silent"),
    (330, 340, "link_down"),
    (350, 353, "overrun"),
    (360, 365, "damaged"),
    (370, 375, "clock_unknown"),
]
ELSEWHERE = (302, 308)
"""Another device's link was down while ours said nothing: that explains nothing."""
BROKEN = (400, 420)


def gap(begin: int, end: int, reason: str) -> Event:
    since, until = START + begin * MINUTE, START + end * MINUTE
    lost, back = (LinkChange(link="c1", up=up, text="", at=at) for up, at in ((False, since), (True, until)))
    if reason == "link_down":
        return link_gap(lost, back, ["c1-air", "c2-air"])
    if reason == "overrun":
        trouble = Trouble(device="c1", kind="overrun", text="", at=until, since=since)
        return overrun_gap(trouble, since, ["c1-air"])
    subject = {"gateway_off": "gateway", "broker_lost": "mqtt", "clock_unknown": "clock"}.get(reason, "journal")
    body: dict[str, object] = {"from": START + begin * MINUTE, "to": START + end * MINUTE, "reason": reason}
    return Event(key=f"gap:{begin}", kind="gap", subject=subject, at=START + begin * MINUTE, body=body)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A night at 10 s whose first hours are sealed, the very first of them gone for want of room."""
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "kitchen.yaml").write_text(PLAN)
    rows = []
    for n in range(NIGHT // (10 * SECOND) + 1):
        minute = n / 6
        if any(begin < minute < end for begin, end, _ in AWAY):
            continue
        broken = BROKEN[0] < minute < BROKEN[1]
        value, quality, reason = (None, 0, "sensor_failure") if broken else (3.4, 2, None)
        rows.append(("c1-air", START + n * 10 * SECOND, value, quality, reason, None, None, None, 0))
    writer = Writer(folder / "journal.db", {"c1-air": ("temperature", "Cel")})
    events = [gap(*each) for each in AWAY if each[2] != "device_silent"]
    lost, back = (
        LinkChange(link="c9", up=up, text="", at=START + at * MINUTE)
        for up, at in zip((False, True), ELSEWHERE, strict=True)
    )
    events.append(link_gap(lost, back, ["c9-air"]))
    writer.write(Transaction(readings=rows, events=events), START)
    with closing(sqlite3.connect(folder / "journal.db")) as reader:
        for hour in due(reader, START + NIGHT).hours:
            writer.write(Transaction(upkeep=[seal(reader, hour, rest=int)]), START)  # type: ignore[list-item]
        writer.write(Transaction(upkeep=[Upkeep(journal=journal_id(reader), rows_go=(1,))]), START)
        writer.write(Transaction(upkeep=[retire(reader, START + NIGHT, Keeping(most_bytes=1))]), START)  # type: ignore[list-item]
    writer.close()
    return folder


EXPECTED = {
    (Cover.GAP, "cap"): 60 * MINUTE,
    (Cover.GAP, "gateway_off"): 30 * MINUTE,
    (Cover.GAP, "disk"): 5 * MINUTE,
    (Cover.GAP, "broker_lost"): 20 * MINUTE,
    (Cover.GAP, "device_silent"): 10 * MINUTE,
    (Cover.GAP, "link_down"): 10 * MINUTE,
    (Cover.GAP, "overrun"): 3 * MINUTE,
    (Cover.GAP, "damaged"): 5 * MINUTE,
    (Cover.GAP, "clock_unknown"): 5 * MINUTE,
    (Cover.SET_ASIDE, "sensor_failure"): 20 * MINUTE,
    (Cover.COVERED, None): NIGHT - 168 * MINUTE,
}


def test_a_night_with_every_kind_of_gap_adds_up(data: Path) -> None:
    with closing(open_read_only(data / "journal.db")) as journal:
        asked = {"since": START, "until": START + NIGHT, "now": START + NIGHT, "max_gap": 2 * MINUTE}
        assert totals(coverage_of(journal, "c1-air", **asked)) == EXPECTED


def test_a_gateway_that_is_off_now_and_a_broker_that_is_away_now_name_the_gap_that_is_not_over(data: Path) -> None:
    with closing(sqlite3.connect(data / "journal.db")) as journal, journal:
        journal.execute("INSERT INTO meta VALUES ('alive_at', ?)", (str(START + NIGHT + MINUTE),))
    with closing(open_read_only(data / "journal.db")) as journal:
        now = START + NIGHT + HOUR
        last = coverage_of(journal, "c1-air", since=START, until=now + HOUR, now=now, max_gap=2 * MINUTE)[-1]
    assert last == (START + NIGHT, now, Cover.GAP, "gateway_off")


def test_the_hours_of_all_points_add_up_to_the_second(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    span = ("--from", "2025-03-05T06:00Z", "--to", "2025-03-05T16:00:00Z")
    assert main(["coverage", str(data), "--config", str(tmp_path / "kitchen.yaml"), *span, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    by_hour: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        by_hour[row["hour"]] += Decimal(row["seconds"])
    assert by_hour == {f"2025-03-05T{hour:02}:00:00Z": 3600 for hour in range(6, 16)}


def test_each_gap_is_told_in_the_kitchens_time(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("--from", "2025-03-05T06:00Z", "--to", "2025-03-05T16:00:00Z")
    assert main(["coverage", str(data), "--config", str(tmp_path / "kitchen.yaml"), *span]) == 0
    first, cap, off, *_ = capsys.readouterr().out.splitlines()
    assert first == "c1-air   72.00 %  covered 7:12:00, set aside 0:20:00, gap 2:28:00"
    assert cap == "    2025-03-05 13:00:00+07:00 … 2025-03-05 14:00:00+07:00  gap: cap"
    assert off == "    2025-03-05 14:00:00+07:00 … 2025-03-05 14:30:00+07:00  gap: gateway_off"


def test_an_unknown_point_is_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", str(data), "--config", str(tmp_path / "kitchen.yaml"), "--point", "x"]) == 2
    assert "kitchen.yaml has no point x" in capsys.readouterr().err
