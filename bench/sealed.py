"""Bytes that a sealed reading takes, its share of the roll-ups included, beside the same readings as rows.

python -m bench.sealed
"""

import random
import tempfile
from math import sin
from pathlib import Path

from bench.figures import at_most
from bench.history import as_reading
from bench.publisher import SENSORS
from bench.rig import begin
from gateway.journal.chunk import HOUR, Row
from gateway.journal.disk import Disk
from gateway.journal.records import Batch
from gateway.journal.sealed import chunk_of, rollup_of

MOST = 2.0


def sealed(commit_every: int) -> tuple[float, float, float]:
    """Bytes a reading of an hour's chunks, of its roll-ups, and as rows of the journal.

    200 noisy probes, a reading each 5 s by their own clock. All readings of a transaction share its moment.
    `commit_every` in microseconds.
    """
    dice = random.Random(7)
    begin = 1_795_500_000_000_000 // HOUR * HOUR
    second = 1_000_000
    sent = sorted(
        (begin + turn * 5 * second + point * 25_000 + dice.randrange(5_000), point, turn)
        for point in range(SENSORS)
        for turn in range(720)
    )
    rows: dict[int, list[Row]] = {}
    jitter: dict[int, int] = {}
    for seq, (moment, point, turn) in enumerate(sent, start=1_000_000):
        place = moment // commit_every
        committed = (place + 1) * commit_every + jitter.setdefault(place, dice.randrange(3_000))
        value = round(4 + 1.5 * sin(turn / 60 + point) + dice.gauss(0, 0.15), 1)
        measured = begin + turn * 5 * second + point
        rows.setdefault(point, []).append(Row(seq, measured, committed, value, 2, None, None, None, None, 0))
    chunks = sum(len(chunk_of(point, begin, 1, each).body) for point, each in rows.items())
    packed = [rollup_of(point, begin, each)[-1] for point, each in rows.items()]
    minutes = sum(len(each) for each in packed if isinstance(each, bytes))
    return chunks / len(sent), minutes / len(sent), as_rows(rows) / len(sent)


def as_rows(rows: dict[int, list[Row]]) -> int:
    """Bytes of a journal that holds them as rows in the order in which they came."""
    names = {point: f"point-{point}" for point in rows}
    ordered = sorted(((row, names[point]) for point, each in rows.items() for row in each), key=lambda one: one[0].seq)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.db"
        disk = Disk(file, dict.fromkeys(names.values(), ("temperature", "Cel")))
        readings = [as_reading(name, row) for row, name in ordered]
        disk.write(Batch(readings=readings), ordered[-1][0].recorded_at)
        disk.close()
        return file.stat().st_size


def main() -> None:
    begin(f"{SENSORS} noisy probes, a reading each 5 s")
    for commit_every in (2_000, 250_000):
        chunk, minutes, rows = sealed(commit_every)
        what = f"sealed bytes a reading, commit_every {commit_every // 1_000} ms (of it roll-ups: {minutes:.2f})"
        at_most(what, chunk + minutes, MOST, "B", f"as rows: {rows:.0f} B")


if __name__ == "__main__":
    main()
