"""Troubles of a device: counted by kind, each kind in words that a person can tell from the others."""

import pytest

from drivers.reading import Reason
from gateway.delivery.influxdb.progress import SinkReason
from gateway.messages.troubles import trouble_words
from gateway.monitoring.counters import SAY_AGAIN_AFTER, Counters

OF_LINKS = ("no_reply", "late_reply", "exception", "overrun", "too_large", "refused", "deaf", "wrong_settings", "lost")
OF_THE_GATEWAY = ("unknown_point", "dead_letter")


@pytest.mark.parametrize("kind", [*Reason, *OF_LINKS, *OF_THE_GATEWAY, *SinkReason])
def test_every_kind_of_trouble_has_words(kind: str) -> None:
    words = trouble_words(kind)
    assert kind not in words.values()
    assert words["id"] != words["en"]


def test_a_trouble_is_told_with_its_count_and_its_latest_sentence() -> None:
    counters = Counters()
    counters.trouble("c1", "malformed", "c1: no JSON after byte 12", 1)
    counters.trouble("c1", "malformed", "c1: no UTF-8 at byte 3", 2 + SAY_AGAIN_AFTER)
    counters.count("mqtt", "lost")
    assert counters.version == 3, "whoever shows the troubles sees that there are new ones"
    latest = {"text": "c1: no UTF-8 at byte 3", "at": 2 + SAY_AGAIN_AFTER}
    assert counters.told() == [
        {"device": "c1", "kind": "malformed", "count": 2, **latest},
        {"device": "mqtt", "kind": "lost", "count": 1, "text": None, "at": None},
    ]
