"""Which format reads what comes on a topic, and which device of kitchen.yaml it is about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import msgspec

from drivers.contract import MessageDriver, MqttMessage, RejectedRecord
from drivers.errors import ConfigurationError
from drivers.reading import Reading
from drivers.registry import DRIVERS, MessageEntry, entry
from gateway.config import Config, Device

TOPICS_KEPT = 10_000
"""Topics whose routes are remembered; a kitchen has hundreds."""
OWN_FORMAT = "senml-json"


@dataclass(eq=False, slots=True)
class Route:
    """One format with its settings.

    Attributes:
        name: the format's id.
        filters: the MQTT topics on which it listens.
        driver: reads the messages.
        devices: what a device calls itself → its id in kitchen.yaml.
        configured: False for a format that is only listened to in order to find devices.
        follows: its filters are those that the format knows, not one of a person.
    """

    name: str
    filters: tuple[str, ...]
    driver: MessageDriver
    devices: dict[str, str] = field(default_factory=dict)
    configured: bool = True
    follows: bool = True

    def read(self, message: MqttMessage) -> list[Reading | RejectedRecord]:
        """What the message says, under the ids of kitchen.yaml.

        Raises:
            DecodeError: it is no reading of this format.
        """
        results = self.driver.decode(message.topic, message.payload, retain=message.retain, at=message.at)
        return [self._named(result) for result in results]

    def _named(self, result: Reading | RejectedRecord) -> Reading | RejectedRecord:
        device = self.devices.get(result.device, result.device)
        return result if device == result.device else msgspec.structs.replace(result, device=device)

    def knows(self, device: str) -> bool:
        """Whether a device is one of kitchen.yaml, by its id there."""
        return device in self.devices.values()


class Routes:
    """All formats of a kitchen, the configured ones first."""

    def __init__(self, routes: Sequence[Route], others: Sequence[str] = ()) -> None:
        """`others`: filters that something else listens to."""
        self._routes = tuple(routes)
        self._others = tuple(others)
        self._of: dict[str, tuple[Route, ...]] = {}

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to. A broker delivers a message once for each filter that it matches, so none overlaps.

        Those that cross without one covering the other cannot be told apart from here; then everything is asked for.
        """
        wanted = list(dict.fromkeys((*self._others, *(each for route in self._routes for each in route.filters))))
        kept = [each for each in wanted if not any(other != each and covers(other, each) for other in wanted)]
        cross = any(crosses(one, other) for one, other in combinations(kept, 2))
        return ("#",) if cross else tuple(kept)

    def of(self, topic: str) -> tuple[Route, ...]:
        """The routes that listen on a topic."""
        known = self._of.get(topic)
        if known is None:
            if len(self._of) >= TOPICS_KEPT:
                self._of.clear()
            known = tuple(route for route in self._routes if any(matches(each, topic) for each in route.filters))
            self._of[topic] = known
        return known

    def grown(self) -> tuple[str, ...]:
        """Filters that a format has come to know since it was last asked, from what others announce."""
        before = self.filters
        for route in self._routes:
            fresh = [each for each in _filters(route.driver) if each not in route.filters]
            if fresh and route.follows:
                route.filters = (*route.filters, *fresh)
                self._of.clear()
        return tuple(each for each in self.filters if each not in before)


def matches(filter_: str, topic: str) -> bool:
    """Whether a topic is one of a filter's (OASIS MQTT 5.0 §4.7)."""
    wanted, levels = filter_.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for number, level in enumerate(wanted):
        if level == "#":
            return True
        if number >= len(levels) or level not in ("+", levels[number]):
            return False
    return len(wanted) == len(levels)


def covers(wide: str, narrow: str) -> bool:
    """Whether every topic of one filter is one of the other's."""
    theirs, ours = wide.split("/"), narrow.split("/")
    for number, level in enumerate(theirs):
        if level == "#":
            return True
        if number >= len(ours) or ours[number] == "#" or (level != "+" and level != ours[number]):
            return False
    return len(theirs) == len(ours)


def crosses(one: str, other: str) -> bool:
    """Whether a topic may be one of both filters."""
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if "#" in (mine, theirs):
            return True
        if "+" not in (mine, theirs) and mine != theirs:
            return False
    lengths = len(one.split("/")), len(other.split("/"))
    return lengths[0] == lengths[1] or one.endswith("/#") or other.endswith("/#")


def routes_of(config: Config) -> Routes:
    """The routes of a configuration that has been checked; with `mqtt.discover` also those to find devices by.

    Raises:
        ConfigurationError: a format cannot be built from its settings.
    """
    routes = [Route(OWN_FORMAT, (f"mbg/{config.kitchen.id}/#",), _build(OWN_FORMAT, {}), follows=False)]
    by_settings: dict[bytes, Route] = {}
    for device in config.devices:
        if not isinstance(entry(device.driver), MessageEntry):
            continue
        is_own = device.driver == OWN_FORMAT and device.topic is None
        route = routes[0] if is_own else _route(device, by_settings)
        route.devices[device.sensor or device.id] = device.id
    routes += by_settings.values()
    mqtt = config.mqtt
    if mqtt is not None and mqtt.discover:
        routes += _finders({route.name for route in routes})
    greeting = () if mqtt is None or mqtt.home_assistant is None else (f"{mqtt.home_assistant}/status",)
    return Routes(routes, greeting)


def _route(device: Device, known: dict[bytes, Route]) -> Route:
    key = msgspec.json.encode([device.driver, device.topic, device.settings], order="deterministic")
    if key not in known:
        driver = _build(device.driver, device.settings)
        filters = _filters(driver) if device.topic is None else (device.topic,)
        known[key] = Route(device.driver, filters, driver)
        known[key].follows = device.topic is None
    return known[key]


def _finders(configured: set[str]) -> Iterator[Route]:
    """Formats that nobody has configured, with their usual topics."""
    for name, found in DRIVERS.items():
        if name in configured or not isinstance(found, MessageEntry):
            continue
        try:
            driver = _build(name, {})
        except ConfigurationError:
            continue
        if filters := _filters(driver):
            yield Route(name, filters, driver, configured=False)


def _build(name: str, settings: Mapping[str, object]) -> MessageDriver:
    found = entry(name)
    if not isinstance(found, MessageEntry):
        raise ConfigurationError(f"{name} is no format of messages")
    return found.build(settings) if settings else found.build()


def _filters(driver: MessageDriver) -> tuple[str, ...]:
    return tuple(getattr(driver, "topics", ()))
