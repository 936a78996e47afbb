"""Which format reads a topic, and that no message is asked for twice."""

from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from gateway.config import parse
from gateway.ingest.discovery import Discovery
from gateway.ingest.topic_routes import covers, crosses, matches, routes_of

PLAN = """
kitchen: {{id: k1, name: Dapur}}
mqtt: {{discover: {discover}}}
devices:
  - {{id: c1, driver: senml-json}}
  - {{id: papan, driver: tasmota, sensor: dapur}}
  - {{id: lain, driver: generic-json, topic: lab/+/data, settings: {{map: {{temperature: t}}}}}}
points: [{{id: p, name: P, device: c1, channel: temperature, quantity: temperature, interval: 1m}}]
"""
levels = st.sampled_from(["a", "b", "", "$x"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join)
filters = st.tuples(st.lists(levels | st.just("+"), max_size=4), st.booleans()).map(
    lambda parts: "/".join([*parts[0], *(["#"] if parts[1] or not parts[0] else [])])
)


@given(filter_=filters, topic=topics)
def test_a_filter_matches_what_another_implementation_matches(filter_: str, topic: str) -> None:
    assert matches(filter_, topic) == topic_matches_sub(filter_, topic)


@given(wide=filters, narrow=filters, topic=topics)
def test_covering_and_crossing_are_what_topics_make_of_them(wide: str, narrow: str, topic: str) -> None:
    if topic.startswith("$"):
        return
    if covers(wide, narrow) and matches(narrow, topic):
        assert matches(wide, topic)
    if matches(wide, topic) and matches(narrow, topic):
        assert crosses(wide, narrow)


def test_only_what_is_configured_is_asked_for_and_nothing_twice() -> None:
    routes = routes_of(parse(PLAN.format(discover="false"), Path("kitchen.yaml")))
    assert {"mbg/k1/#", "lab/+/data", "tele/+/SENSOR"} <= set(routes.filters)
    assert not any(crosses(one, other) for one, other in combinations(routes.filters, 2))
    (own,) = routes.of("mbg/k1/c1/temperature")
    assert own.knows("c1")
    (tasmota,) = routes.of("tele/dapur/SENSOR")
    assert tasmota.devices == {"dapur": "papan"}
    assert routes.of("zigbee2mqtt/gudang") == ()


def test_with_discovery_everything_is_asked_for_once() -> None:
    routes = routes_of(parse(PLAN.format(discover="true"), Path("kitchen.yaml")))
    assert routes.filters == ("#",)
    (found,) = routes.of("zigbee2mqtt/gudang")
    assert not found.configured


def test_strangers_are_many_and_the_list_is_bounded() -> None:
    from drivers.reading import Quantity, Reading

    discovery = Discovery()
    for number in range(1_000):
        reading = Reading(device=f"stranger {number}", channel="", quantity=Quantity.TEMPERATURE, value=1.0, unit="Cel")
        discovery.note("zigbee2mqtt", reading, number)
    assert len(discovery.told()) == 200
