"""Questions to the journal: what they say of one that is empty, out of reach, or damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from journals import reads_of

from gateway.journal.reads import Reads
from gateway.journal.writing.file import JournalFile
from gateway.journal.writing.writer import Writer
from gateway.records.transaction import Fold, SinkRow, Transaction

NOW = 1_795_500_000_000_000
POINTS = {"air": ("temperature", "Cel")}
QUESTIONS = {
    "readings": {
        "value_at": ("air", NOW),
        "newest": ("air",),
        "oldest_at": ("air",),
        "since": ("air", 0),
        "weighings": ("air", 0),
        "first_numbers": ({"air": 0},),
        "last_number": (),
    },
    "alarms": {"active": (), "of_batch": ("soup",), "since": (0,)},
    "food_batches": {
        "running_or_ended_since": (0,),
        "batch": ("soup",),
        "verdicts": ("soup",),
        "typed_of_batch": ("soup",),
        "typed_since": (0,),
    },
    "stock": {
        **dict.fromkeys(("lots", "holdings", "open_sessions", "receipts", "open_plans"), ()),
        **dict.fromkeys(("portions_delivered", "items", "containers"), ()),
        "newest_movements": (20,),
        "movement": ("key",),
        "moved_since": (0,),
    },
    "state": {
        "has_event": ("key",),
        **dict.fromkeys(("corrections", "folds", "refold_due", "inbox", "clock"), ()),
        "sink": ("influxdb",),
        "meta": ("alive_at",),
    },
}
SAYS_WHETHER_IT_COULD_BE_READ = {"first_numbers", "last_number", "batch", "corrections"}
"""These have another answer for an empty journal than for one out of reach: who asks waits."""


def answers(reads: Reads) -> dict[str, object]:
    given: dict[str, object] = {}
    for subject, questions in QUESTIONS.items():
        asked = getattr(reads, subject)
        given |= {f"{subject}.{name}": getattr(asked, name)(*values) for name, values in questions.items()}
    return given | {"food_batches.ended": reads.food_batches.ended(since=0, before=NOW)}


def test_a_journal_out_of_reach_answers_every_question_like_an_empty_one_or_says_that_it_cannot(tmp_path: Path) -> None:
    out_of_reach = answers(Reads(JournalFile(tmp_path / "not-mounted" / "journal.db", POINTS)))
    with closing(Writer(tmp_path / "journal.db", POINTS)) as writer:
        empty = answers(reads_of(writer))
    for question, answer in empty.items():
        if question.rpartition(".")[2] in {*SAYS_WHETHER_IT_COULD_BE_READ, "ended"}:
            assert answer is not None
            assert out_of_reach[question] is None
        else:
            assert not answer
            assert not out_of_reach[question]


def test_every_question_is_asked_above() -> None:
    for subject, questions in QUESTIONS.items():
        asked = {name for name in dir(getattr(Reads(JournalFile(Path(), {})), subject)) if not name.startswith("_")}
        assert asked == set(questions) | ({"ended"} if subject == "food_batches" else set())


def test_a_start_gets_back_how_everything_stood(tmp_path: Path) -> None:
    with closing(Writer(tmp_path / "journal.db", POINTS)) as writer:
        fold, sink = Fold("ccp-1", "v1", NOW, "{}"), SinkRow("influxdb", 7, "ok", None, NOW)
        drawn = Transaction(folds={"ccp-1": fold}, sinks={"influxdb": sink}, refold_due={"ccp-1": 5, "ccp-2": 9})
        writer.write(drawn, NOW)
        writer.write(Transaction(refold_due={"ccp-1": 8}, refold_done=["ccp-2"], meta={"key": "text"}), NOW)
        state = reads_of(writer).state
        assert (state.folds(), state.sink("influxdb"), state.meta("key")) == ([fold], sink, "text")
        assert state.refold_due() == [("ccp-1", 5)], "the earlier of two times holds"


@pytest.mark.parametrize("wrong", ["DROP TABLE reading", "ALTER TABLE reading RENAME COLUMN value TO worth"])
def test_a_question_that_fails_is_answered_for_and_no_damage_is_claimed(tmp_path: Path, wrong: str) -> None:
    file = JournalFile(tmp_path / "journal.db", POINTS)
    file.use(file.fresh_writer(NOW))
    with closing(sqlite3.connect(file.path)) as other:
        other.execute(wrong)
    assert Reads(file).readings.value_at("air", NOW) is None
    assert file.damage == ""
    file.close()


def test_readings_are_given_to_a_fold_in_order_of_time_and_weighings_in_order_of_arrival(tmp_path: Path) -> None:
    rows = [("air", NOW + late, float(late), 2, None, None, None, None, 0) for late in (3, 1, 2)]
    with closing(Writer(tmp_path / "journal.db", POINTS)) as writer:
        writer.write(Transaction(readings=rows), NOW)
        readings = reads_of(writer).readings
        assert [row[1] for row in readings.since("air", NOW + 2)] == [2.0, 3.0]
        assert [row[1] for row in readings.weighings("air", NOW)] == [3.0, 1.0, 2.0]
        assert readings.first_numbers({"air": NOW + 2}) == [1]
        assert readings.last_number() == 3
