"""Sparkplug B 3.0 (eclipse-sparkplug/sparkplug: specification/src/main/asciidoc/chapters, 4 Topics to 6 Payloads).

    spBv1.0/<group>/NBIRTH | NDATA | NDEATH | NCMD/<node>            protobuf (sparkplug_payload.py)
    spBv1.0/<group>/DBIRTH | DDATA | DDEATH | DCMD/<node>/<device>
    spBv1.0/STATE/<host>                                             a host's JSON: ignored

A device is <group>/<node>/<device>, or <group>/<node>; a channel is a metric. The setting `map` tells what a metric
measures, by its name, or by <group>/<node>/<device>/<metric> where one name means two things; a metric that is not in
it gives no reading. Its unit is the map's, else the one that its birth tells in the property engUnit.

    map: {Chiller/Temp: temperature, Scale/Net: {quantity: weight, unit: g}}

No number from: is_null, NaN, the property Quality other than 192, a value that its datatype cannot have. A death takes
the node and all its devices at once: each metric becomes BAD. `is_historical` is a value of the past with its own time.

What is missed (data before a birth, an alias that nobody announced, a hole in `seq`) makes `rebirths` return what to
publish to the node. A device is heard as long as its own birth is known, even when its node's is not.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, quantity, table, unit
from drivers.formats.common.json_text import LARGEST
from drivers.formats.sparkplug.payload import Metric, Payload, number_of, read_payload, rebirth_payload
from drivers.formats.sparkplug.session import AnnouncedMetric, Birth, EdgeNodes
from drivers.reading import Flag, Quantity, Reading, Reason
from drivers.values.device_time import NEVER_SET, DeviceTime, from_seconds
from drivers.values.reading_builder import ReadingBuilder
from drivers.values.units import FAHRENHEIT, OWN_UNIT, UNITS, Unit

NAMESPACE = "spBv1.0"
NODE_KINDS = {"NBIRTH", "NDATA", "NDEATH", "NCMD"}
DEVICE_KINDS = {"DBIRTH", "DDATA", "DDEATH", "DCMD"}
COMMANDS = {"NCMD", "DCMD"}
QUALITIES: Mapping[int, Reason | None] = {0: Reason.SENSOR_FAILURE, 192: None, 500: Reason.NO_COMMUNICATION}
"""§6.4.14: bad, good, stale."""
UNIT_NAMES: Mapping[str, Unit] = {
    "celsius": OWN_UNIT[Quantity.TEMPERATURE],
    "degc": OWN_UNIT[Quantity.TEMPERATURE],
    "deg c": OWN_UNIT[Quantity.TEMPERATURE],
    "fahrenheit": FAHRENHEIT,
    "degf": FAHRENHEIT,
    "deg f": FAHRENHEIT,
    "%": OWN_UNIT[Quantity.HUMIDITY],
}


class SparkplugTopic(NamedTuple):
    """Whose message it is and of which kind; `device` is "" for the node itself."""

    group: str
    kind: str
    node: str
    device: str

    @property
    def node_name(self) -> str:
        return f"{self.group}/{self.node}"

    @property
    def name(self) -> str:
        return f"{self.node_name}/{self.device}" if self.device else self.node_name


class NodeCommand(NamedTuple):
    """A message to publish with QoS 0, not retained."""

    topic: str
    payload: bytes


class Sparkplug(MessageFormat):
    """MessageDriver of `sparkplug`. Births and deaths are news of readings, so that `status` tells nothing."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `map`.

        Raises:
            ConfigurationError: a value of `map` is no quantity.
        """
        super().__init__()
        self._map = {name: _mapped(what) for name, what in table(settings, "map").items()}
        self._nodes = EdgeNodes()

    @property
    def topics(self) -> tuple[str, ...]:
        """MQTT filters of all that it reads."""
        return (f"{NAMESPACE}/#",)

    def device(self, topic: str) -> str:
        place = _place(topic)
        return "" if place is None else place.name

    def rebirths(self, now: int) -> list[NodeCommand]:
        """What to publish at `now` so that nodes tell anew what they have; each is asked once in a while."""
        commands = []
        for name in self._nodes.to_be_reborn(now):
            group, _, node = name.partition("/")
            commands.append(NodeCommand(f"{NAMESPACE}/{group}/NCMD/{node}", rebirth_payload(now)))
        return commands

    def _read(self, message: IncomingMessage) -> Results:
        place = _place(message.topic)
        if place is None or place.kind in COMMANDS:
            return []
        if len(message.payload) > LARGEST:
            raise DecodeError(f"{len(message.payload)} bytes, more than {LARGEST}")
        payload = read_payload(message.payload)
        if place.kind == "NDEATH":
            gone = self._nodes.died(place.node_name, payload) or ()
            return [each for device in gone for each in self._channels.lost(place._replace(device=device).name)]
        if place.kind == "NBIRTH":
            self._nodes.born(place.node_name, payload)
            return self._readings(place, payload, message.flags)
        node = self._nodes.of(place.node_name)
        node.count(payload.seq, message.at or 0)
        if place.kind == "DDEATH":
            node.births.put(place.device, None)
            return [*self._channels.lost(place.name)]
        if place.kind == "DBIRTH":
            node.unknown = node.unknown or node.births.get("") is None
            node.births.put(place.device, Birth(payload.metrics))
        return self._readings(place, payload, message.flags)

    def _readings(self, place: SparkplugTopic, payload: Payload, flags: Flag) -> Results:
        node = self._nodes.of(place.node_name)
        birth = node.births.get(place.device)
        if birth is None:
            node.unknown = True
            raise DecodeError(f"{place.kind} before the birth of {place.name}: it is asked to be born again")
        results: Results = []
        for metric in payload.metrics:
            try:
                announced = birth.find(metric)
            except DecodeError as error:
                node.unknown = True
                results.append(_unknown(place.name, metric, error))
                continue
            mapped = self._map.get(f"{place.name}/{announced.name}", self._map.get(announced.name))
            if mapped is not None:
                past = Flag.HISTORICAL if metric.historical else Flag.NONE
                builder = ReadingBuilder(
                    device=place.name, device_time=_device_time(metric, payload), flags=flags | past
                )
                results.append(_reading(builder, metric, announced, *mapped))
        return results


def _place(topic: str) -> SparkplugTopic | None:
    """Whose topic it is; None for a host's.

    Raises:
        DecodeError: no topic of Sparkplug B.
    """
    namespace, _, rest = topic.partition("/")
    parts = rest.split("/")
    if namespace != NAMESPACE or not all(parts) or any(wild in rest for wild in "+#"):
        raise DecodeError(f"no topic of Sparkplug B: {NAMESPACE}/<group>/<kind>/<node>[/<device>]")
    if parts[0] == "STATE" and len(parts) == 2:
        return None
    if len(parts) == 3 and parts[1] in NODE_KINDS:
        return SparkplugTopic(parts[0], parts[1], parts[2], "")
    if len(parts) == 4 and parts[1] in DEVICE_KINDS:
        return SparkplugTopic(parts[0], parts[1], parts[2], parts[3])
    raise DecodeError(f"{'/'.join(parts[1:2]) or rest} is no kind of Sparkplug message for this topic")


def _unknown(device: str, metric: Metric, error: DecodeError) -> RejectedRecord:
    name = metric.name or f"alias {metric.alias}"
    text = f"{device}: {error}: it is asked to be born again"
    return RejectedRecord(device=device, name=name, reason=error.reason, text=text)


def _mapped(what: object) -> tuple[Quantity, Unit | None]:
    if isinstance(what, Mapping):
        of = quantity(what.get("quantity"))
        return of, unit(what["unit"], of) if "unit" in what else None
    return quantity(what), None


def _device_time(metric: Metric, payload: Payload) -> DeviceTime:
    """When it was measured: a value of the past that has no time of its own has none."""
    if metric.timestamp is None and metric.historical:
        return NEVER_SET
    milliseconds = payload.timestamp if metric.timestamp is None else metric.timestamp
    return from_seconds(None if milliseconds is None else Decimal(milliseconds), a_second=1000)


def _reading(
    builder: ReadingBuilder, metric: Metric, announced: AnnouncedMetric, of: Quantity, chosen: Unit | None
) -> Reading:
    reason = None if metric.quality is None else QUALITIES.get(metric.quality, Reason.MALFORMED)
    if reason is None and metric.null:
        reason = Reason.SENSOR_FAILURE
    number = number_of(metric.value, announced.datatype or metric.datatype)
    if reason is None and isinstance(number, Reason):
        reason = number
    used = chosen or _unit_of(metric.unit or announced.unit, of)
    if used is None:
        return builder.reading(announced.name, None, OWN_UNIT[of], reason=reason or Reason.MALFORMED)
    return builder.reading(announced.name, number, used, reason=reason)


def _unit_of(name: str | None, of: Quantity) -> Unit | None:
    """The unit that a birth tells; None for one that is unknown or of another quantity."""
    if not name:
        return OWN_UNIT[of]
    if name == "%" and of is Quantity.BATTERY:
        return OWN_UNIT[of]
    found = UNITS.get(name) or UNIT_NAMES.get(name.strip().lower())
    return found if found is not None and found.quantity is of else None
