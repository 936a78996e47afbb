"""Decode Sparkplug B 3.0 (eclipse-sparkplug/sparkplug: specification/src/main/asciidoc/chapters, 4 Topics to 6
Payloads).

    spBv1.0/<group>/NBIRTH | NDATA | NDEATH | NCMD/<node>            protobuf (payload.py)
    spBv1.0/<group>/DBIRTH | DDATA | DDEATH | DCMD/<node>/<device>
    spBv1.0/STATE/<host>                                             a host's JSON: ignored

The device is <group>/<node>/<device>, or <group>/<node>; the channel is the metric. The setting `map` names the
quantity of a metric, by its name, or by <group>/<node>/<device>/<metric> when one name has two meanings. A metric that
is not in the map gives no reading. The unit is that of the map, else the property engUnit in the birth.

    map: {Chiller/Temp: temperature, Scale/Net: {quantity: weight, unit: g}}

A metric has no number when it is null or NaN, when its property Quality is not 192, or when its datatype does not allow
the value. The death of a node applies to all its devices at once: each metric becomes BAD. `is_historical` marks an old
value with its own time.

When data arrives before a birth, an alias was not announced or `seq` has a gap, `rebirths` returns a command for the
node. Data of a device is decoded as long as the device's own birth is known, even when its node's is not.
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
    """Sender and kind of a message; `device` is "" for the node itself."""

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
    """MessageDriver of `sparkplug`. Births and deaths give readings, so `status` is always None."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `map`.

        Raises:
            ConfigurationError: a value of `map` is not a quantity.
        """
        super().__init__()
        self._map = {name: _mapped(entry) for name, entry in table(settings, "map").items()}
        self._nodes = EdgeNodes()

    @property
    def topics(self) -> tuple[str, ...]:
        return (f"{NAMESPACE}/#",)

    def device(self, topic: str, /) -> str:
        address = _address(topic)
        return "" if address is None else address.name

    def rebirths(self, now: int) -> list[NodeCommand]:
        """Return the commands to publish at `now`, so that nodes repeat their births; at most one each 10 s."""
        commands = []
        for name in self._nodes.take_rebirths(now):
            group, _, node = name.partition("/")
            commands.append(NodeCommand(f"{NAMESPACE}/{group}/NCMD/{node}", rebirth_payload(now)))
        return commands

    def _read(self, message: IncomingMessage) -> Results:
        address = _address(message.topic)
        if address is None or address.kind in COMMANDS:
            return []
        if len(message.payload) > LARGEST:
            raise DecodeError(f"{len(message.payload)} bytes, more than {LARGEST}")
        payload = read_payload(message.payload)
        if address.kind == "NDEATH":
            dead = self._nodes.died(address.node_name, payload) or ()
            return [lost for device in dead for lost in self._channels.lost(address._replace(device=device).name)]
        if address.kind == "NBIRTH":
            self._nodes.born(address.node_name, payload)
            return self._readings(address, payload, message.flags)
        node = self._nodes.of(address.node_name)
        node.count(payload.seq, message.at or 0)
        if address.kind == "DDEATH":
            node.births.put(address.device, None)
            return [*self._channels.lost(address.name)]
        if address.kind == "DBIRTH":
            node.unknown = node.unknown or node.births.get("") is None
            node.births.put(address.device, Birth(payload.metrics))
        return self._readings(address, payload, message.flags)

    def _readings(self, address: SparkplugTopic, payload: Payload, flags: Flag) -> Results:
        node = self._nodes.of(address.node_name)
        birth = node.births.get(address.device)
        if birth is None:
            node.unknown = True
            raise DecodeError(f"{address.kind} before the birth of {address.name}: it is asked to be born again")
        results: Results = []
        for metric in payload.metrics:
            try:
                announced = birth.find(metric)
            except DecodeError as error:
                node.unknown = True
                results.append(_unknown(address.name, metric, error))
                continue
            mapped = self._map.get(f"{address.name}/{announced.name}", self._map.get(announced.name))
            if mapped is not None:
                past = Flag.HISTORICAL if metric.historical else Flag.NONE
                builder = ReadingBuilder(
                    device=address.name, device_time=_device_time(metric, payload), flags=flags | past
                )
                results.append(_reading(builder, metric, announced, *mapped))
        return results


def _address(topic: str) -> SparkplugTopic | None:
    """Split a topic; None for the topic of a host.

    Raises:
        DecodeError: this is not a topic of Sparkplug B.
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


def _mapped(entry: object) -> tuple[Quantity, Unit | None]:
    if isinstance(entry, Mapping):
        of = quantity(entry.get("quantity"))
        return of, unit(entry["unit"], of) if "unit" in entry else None
    return quantity(entry), None


def _device_time(metric: Metric, payload: Payload) -> DeviceTime:
    """Time of measurement; an old value without its own time has none."""
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
    """Unit in a birth; None for one that is unknown, or of another quantity."""
    if not name:
        return OWN_UNIT[of]
    if name == "%" and of is Quantity.BATTERY:
        return OWN_UNIT[of]
    unit_ = UNITS.get(name) or UNIT_NAMES.get(name.strip().lower())
    return unit_ if unit_ is not None and unit_.quantity is of else None
