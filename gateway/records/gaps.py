"""Gaps of links as events (pure): from when to when which points cannot have been heard, and why.

A gap without `points` is every point's. journal.coverage reads them; `journal` and `gateway` gaps are made
where they are found.
"""

from collections.abc import Sequence

from drivers.contract import LinkChange, Trouble
from gateway.records.transaction import Event

CLOCK_UNKNOWN = "clock_unknown"
LINK_DOWN = "link_down"
OVERRUN = "overrun"
SUBJECTS = ("journal", "gateway", "mqtt", "link", "clock")
"""What the gaps of coverage are about."""


def broker_gap(lost: LinkChange, back: LinkChange) -> Event:
    """The span in which the broker was not heard. `session` false: it kept nothing for us in that time."""
    body: dict[str, object] = {
        "from": lost.at,
        "to": back.at,
        "reason": "broker_lost",
        "session": back.session,
        "text": lost.text,
    }
    return Event(key=f"gap:mqtt:{lost.at}", kind="gap", subject="mqtt", at=lost.at, body=body)


def link_gap(lost: LinkChange, back: LinkChange, points: Sequence[str]) -> Event:
    """The span in which a wire was not there."""
    return _of_points(lost.link, LINK_DOWN, (lost.at, back.at), points, lost.text)


def overrun_gap(trouble: Trouble, since: int, points: Sequence[str]) -> Event:
    """The span in which nobody read a wire, for longer than the kernel keeps what comes."""
    return _of_points(trouble.device, OVERRUN, (since, trouble.at), points, trouble.text)


def clock_gap(begin: int, end: int) -> Event:
    """The span over which the clock was set forward: no reading has a date in it, whenever it was measured."""
    body: dict[str, object] = {"from": begin, "to": end, "reason": CLOCK_UNKNOWN}
    return Event(key=f"gap:clock:{begin}:{end}", kind="gap", subject="clock", at=begin, body=body)


def _of_points(link: str, reason: str, span: tuple[int, int], points: Sequence[str], text: str) -> Event:
    since, until = span
    body: dict[str, object] = {"from": since, "to": until, "reason": reason, "points": list(points), "text": text}
    return Event(key=f"gap:{link}:{since}", kind="gap", subject="link", at=since, body=body)
