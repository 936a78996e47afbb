"""Whether the chain of events is what it was: each event recomputed, the first link that does not hold named.

Nobody's key is needed: whoever was given a head once (it stands on each daily record) sees every change made since to
what it covers. Without an earlier head a forger could have written the whole chain anew.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from gateway.journal.chain import GENESIS, chained
from gateway.journal.sql import statements

PAGE = 1_000
LAST = (1 << 63) - 1
_SQL = statements("verify")


class Link(NamedTuple):
    """An event as it stands in the journal."""

    id: int
    key: str
    kind: str
    subject: str
    at: int
    recorded_at: int
    person: str | None
    body: str
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """What was found: `broken` is a sentence about the first link that does not hold, None for a whole chain.

    `events` are those that hold, `head` is the hash of the last of them.
    """

    events: int
    head: bytes
    broken: str | None = None


def links(connection: sqlite3.Connection, *, until: int = LAST) -> Iterator[Link]:
    """All events up to the number `until` in their order, a page a transaction."""
    last = -(1 << 63)
    while page := [Link(*row) for row in connection.execute(_SQL["events"], (last, until, PAGE)).fetchall()]:
        yield from page
        last = page[-1].id


def verify_chain(connection: sqlite3.Connection, *, known_head: bytes | None = None) -> Chain:
    """Recompute the chain; `known_head`: a hash that was handed out and must be one of its links."""
    events, head, known_seen = 0, GENESIS, known_head in (None, GENESIS)
    for link in links(connection):
        broken = _broken(link, head, events + 1)
        if broken is not None:
            return Chain(events, head, broken)
        events, head = events + 1, link.hash
        known_seen = known_seen or head == known_head
    broken = _cut_off(connection)
    if broken is None and known_head is not None and not known_seen:
        broken = f"no event has the hash {known_head.hex()}: the chain is not the one from which that head was taken"
    return Chain(events, head, broken)


def _broken(link: Link, head: bytes, number: int) -> str | None:
    name = f"event {link.id} ({link.kind}, {link.key})"
    if link.previous != head:
        return f"{name} does not follow from the event before it: one was taken out, put in, or changed there"
    try:
        msgspec.convert(tuple(link), Link)
    except msgspec.ValidationError:
        return f"{name} was changed: no event is written like that"
    if link.hash != _hash(link):
        return f"{name} was changed: its hash does not follow from what it says"
    if link.id != number:
        return f"{name} was changed: its number was {number}"
    return None


def _hash(link: Link) -> bytes:
    return chained(
        link.previous,
        key=link.key,
        kind=link.kind,
        subject=link.subject,
        at=link.at,
        recorded_at=link.recorded_at,
        person=link.person,
        body=link.body,
    )


def _cut_off(connection: sqlite3.Connection) -> str | None:
    """Event numbers are never given out twice, so the highest one given out says whether the last are missing."""
    given = connection.execute(_SQL["last_event_given_out"]).fetchone()
    (last,) = connection.execute(_SQL["last_event"]).fetchone()
    number = 0 if given is None else given[0]
    if number == last:
        return None
    if isinstance(number, int) and number > last:
        return f"events {last + 1} to {number} are missing at the end"
    return f"the number of events was changed: {number} were given out, and there are {last}"
