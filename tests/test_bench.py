"""The measurements take parts of the gateway by name: those that were renamed are found here, not by `make bench`."""

from importlib import import_module
from pathlib import Path

import pytest

from api.history.journal import Grid, JournalReader
from bench import history
from bench.chart import DAY, SPANS
from bench.figures import at_least, at_most, figure
from bench.page import PARTS, Part, figures, section
from gateway.cli.verify import main as verify
from gateway.records.time_units import HOUR


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.module)
def test_each_part_of_the_page_is_there(part: Part) -> None:
    assert callable(import_module(f"bench.{part.module}").main)


def test_a_figure_becomes_a_row_that_says_whether_it_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    at_most("start", 0.874, 1, "s", "paho: 0.1 s")
    at_least("answers", 2_999.6, 3_500, "/s")
    figure("delivery", "7 points/s")
    said = capsys.readouterr().out
    assert figures([f"x86_64\n{said}"]).splitlines() == [
        "| start | 0.874 s | ≤ 1 s | yes | paho: 0.1 s |",
        "| answers | 3,000 /s | ≥ 3,500 /s | no |  |",
        "| delivery | 7 points/s |  |  |  |",
    ]
    assert "= start" not in section(PARTS[0], said)


def test_the_journal_of_the_chart_is_as_the_gateway_would_have_written_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 1_795_500_000_000_000 // HOUR * HOUR + HOUR // 3
    total = history.build(tmp_path / "journal.db", 24 * 2 * history.TURNS, now, points=2)
    assert total == round((24 + 1 / 3) * 2 * history.TURNS)
    assert verify([str(tmp_path / "journal.db")]) == 0
    assert f"44 sealed chunks with {22 * 2 * history.TURNS} readings" in capsys.readouterr().out
    grid = Grid.of(now - DAY, now, SPANS)
    assert [len(JournalReader(tmp_path / "journal.db").chart(name, grid)) for name in history.names(2)] == [SPANS] * 2
