"""People zero and tare scales: told once, written down with the person, never later than now."""

import pytest
from desk import Person

from drivers.errors import LinkError
from gateway.ingest.scale_commands import SCALE_COMMANDS
from gateway.records.commands import RefusedError, bind
from gateway.records.transaction import Transaction

NOW = 1_764_000_000_000_000


class FakeLink:
    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[tuple[str, str]] = []
        self._error = error

    def order(self, device: str, command: str) -> None:
        if self._error is not None:
            raise self._error
        self.told.append((device, command))


def obey(what: str, links, transaction: Transaction, **args: object):
    return Person(bind(SCALE_COMMANDS, links)).give(transaction, what, args, key="key-1", now=NOW)


@pytest.mark.parametrize("what", ["zero", "tare"])
def test_a_scale_is_told_and_the_journal_says_by_whom(what):
    link, batch = FakeLink(), Transaction()
    assert obey(what, {"rice-scale": link}, batch, device="rice-scale", who="siti") == {
        "device": "rice-scale",
        "command": what,
    }
    assert link.told == [("rice-scale", what)]
    (event,) = batch.events
    assert (event.kind, event.subject, event.person, event.key) == (
        f"scale_{what}",
        "rice-scale",
        "siti",
        "command:key-1",
    )


@pytest.mark.parametrize(
    ("links", "args", "error"),
    [
        ({"rice-scale": FakeLink()}, {"device": "oil-scale", "who": "siti"}, "unknown_device"),
        ({"rice-scale": FakeLink()}, {"device": "rice-scale", "who": "budi"}, "unknown_person"),
        ({"rice-scale": FakeLink()}, {"who": "siti"}, "bad_request"),
        ({"rice-scale": FakeLink(LinkError("lost"))}, {"device": "rice-scale", "who": "siti"}, "not_allowed"),
    ],
)
def test_what_cannot_be_done_is_refused_and_not_written_down(links, args, error):
    transaction = Transaction()
    with pytest.raises(RefusedError) as refused:
        obey("zero", links, transaction, **args)
    assert refused.value.error == error
    assert not transaction.events


def test_a_command_given_twice_tells_the_scale_once():
    link, transaction = FakeLink(), Transaction()
    person = Person(bind(SCALE_COMMANDS, {"rice-scale": link}))
    for _ in range(2):
        answer = person.give(transaction, "tare", {"device": "rice-scale", "who": "siti"}, key="key-1", now=NOW)
        assert answer == {"device": "rice-scale", "command": "tare"}
    assert link.told == [("rice-scale", "tare")]
    assert len(transaction.events) == 1
