"""Track the births of edge nodes, and the order of their messages (Sparkplug_5_Operational_Behavior.adoc,
Sparkplug_6_Payloads.adoc §6.4.5-6.4.19).

A birth binds names, aliases and datatypes; later messages may leave name and datatype out. `seq` counts all messages
of a node and of its devices from 0 to 255 and starts again at 0; the birth begins the count. A death is the node's last
will. It was registered before the birth, and counts only if its `bdSeq` is that of the birth.

A node is requested to be born again: at once when it sends a metric that was not announced, and after a time-out when
a message is missing, since it may only be delayed.
"""

from dataclasses import dataclass, field

from drivers.errors import DecodeError
from drivers.formats.common.memory import BoundedDict
from drivers.formats.sparkplug.payload import Metric, Payload

SEQUENCE = 256
MOST_NODES = MOST_DEVICES = 256
REORDER_TIMEOUT = 2_000_000
"""Microseconds within which a delayed message must arrive."""
REBIRTH_PAUSE = 10_000_000
"""Microseconds between two requests to the same node: a birth with thousands of metrics takes a while."""
BDSEQ = "bdSeq"


@dataclass(frozen=True, slots=True)
class AnnouncedMetric:
    """A metric of a birth."""

    name: str
    datatype: int | None
    unit: str | None


class Birth:
    """The metrics of a node or device."""

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._by_name: dict[str, AnnouncedMetric] = {}
        self._by_alias: dict[int, AnnouncedMetric | None] = {}
        for metric in metrics:
            if metric.name is not None:
                announced = AnnouncedMetric(metric.name, metric.datatype, metric.unit)
                self._by_name[metric.name] = announced
                if metric.alias is not None:
                    twice = self._by_alias.get(metric.alias, announced) != announced
                    self._by_alias[metric.alias] = None if twice else announced

    def find(self, metric: Metric) -> AnnouncedMetric:
        """Return the announcement of a metric.

        Raises:
            DecodeError: it was not announced, or differs from its announcement.
        """
        by_alias = None if metric.alias is None else self._by_alias.get(metric.alias)
        announced = by_alias if metric.name is None else self._by_name.get(metric.name)
        called = f"alias {metric.alias}" if metric.name is None else f"metric {metric.name!r}"
        if announced is None:
            raise DecodeError(f"{called} is in no birth")
        if by_alias is not None and by_alias != announced:
            raise DecodeError(f"{called} has the alias of {by_alias.name!r}")
        if None not in {metric.datatype, announced.datatype} and metric.datatype != announced.datatype:
            raise DecodeError(f"{called} has the datatype {metric.datatype}, and {announced.datatype} in its birth")
        return announced


@dataclass(slots=True)
class EdgeNode:
    """One edge node since its birth. The birth of the node itself is that of the device ""."""

    bdseq: int | None = None
    expected: int | None = None
    births: BoundedDict[str, Birth | None] = field(default_factory=lambda: BoundedDict(MOST_DEVICES))
    missing: set[int] = field(default_factory=set)
    missing_since: int = 0
    unknown: bool = False
    requested_at: int | None = None

    def count(self, seq: int | None, at: int) -> None:
        """Note the number of a message, and which numbers are missing."""
        if seq is None or not 0 <= seq < SEQUENCE:
            self.unknown = True
            return
        if seq != self.expected and (seq in self.missing or self._is_last(seq)):
            self.missing.discard(seq)
            return
        if self.expected is not None and seq != self.expected:
            self.missing_since = self.missing_since if self.missing else at
            skipped = (seq - self.expected) % SEQUENCE
            self.missing |= {(self.expected + each) % SEQUENCE for each in range(skipped)}
        self.expected = (seq + 1) % SEQUENCE

    def _is_last(self, seq: int) -> bool:
        """Whether this is the message before the expected one, which a bridge may deliver twice."""
        return (seq + 1) % SEQUENCE == self.expected

    def needs_rebirth(self, now: int) -> bool:
        """Return whether to request a new birth now."""
        wanted = self.unknown or (bool(self.missing) and not 0 <= now - self.missing_since < REORDER_TIMEOUT)
        return wanted and (self.requested_at is None or not 0 <= now - self.requested_at < REBIRTH_PAUSE)


class EdgeNodes:
    """All edge nodes that have sent a message, by group and name."""

    def __init__(self) -> None:
        self._nodes: BoundedDict[str, EdgeNode] = BoundedDict(MOST_NODES)

    def of(self, name: str) -> EdgeNode:
        """Return a node; a new one has no birth."""
        node = self._nodes.get(name)
        if node is None:
            node = EdgeNode()
            self._nodes.put(name, node)
        return node

    def born(self, name: str, payload: Payload) -> None:
        """Note the birth of a node, and forget its earlier births and those of its devices."""
        node = EdgeNode(bdseq=payload.integer(BDSEQ))
        self._nodes.put(name, node)
        node.births.put("", Birth(payload.metrics))
        node.count(payload.seq, 0)

    def died(self, name: str, payload: Payload) -> list[str] | None:
        """Note the death of a node, and return its devices, itself as ""; None for a death of an earlier birth."""
        node = self.of(name)
        if node.births.get("") is None or node.bdseq != payload.integer(BDSEQ):
            return None
        self._nodes.put(name, EdgeNode())
        return [*node.births]

    def take_rebirths(self, now: int) -> list[str]:
        """Return the nodes that need a new birth now, and note the requests."""
        due = [name for name in self._nodes if self.of(name).needs_rebirth(now)]
        for name in due:
            self.of(name).requested_at = now
        return due
