"""What an edge node has announced, and in which order its messages must come (Sparkplug_5_Operational_Behavior.adoc,
Sparkplug_6_Payloads.adoc §6.4.5-6.4.19).

A birth binds names, aliases and datatypes; later messages may leave name and datatype out. `seq` counts all messages
of a node and of its devices from 0 to 255 and round again, beginning with its birth. A death is the node's last will:
it was registered before the birth, and counts only if its `bdSeq` is the birth's.

Whoever misses something asks the node to be born again; at once for what was never announced, after a time-out for a
message that may only have been overtaken.
"""

from dataclasses import dataclass, field

from drivers.errors import DecodeError
from drivers.formats.common.memory import BoundedDict
from drivers.formats.sparkplug.payload import Metric, Payload

SEQUENCE = 256
MOST_NODES = MOST_DEVICES = 256
REORDER_TIMEOUT = 2_000_000
"""Microseconds in which a message that was overtaken must come."""
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
        """What a metric is.

        Raises:
            DecodeError: it was not announced, or is not what was announced.
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
    """One edge node since its birth; the birth of the node itself is that of the device ""."""

    bdseq: int | None = None
    expected: int | None = None
    births: BoundedDict[str, Birth | None] = field(default_factory=lambda: BoundedDict(MOST_DEVICES))
    overtaken: set[int] = field(default_factory=set)
    overtaken_at: int = 0
    unknown: bool = False
    asked_at: int | None = None

    def count(self, seq: int | None, at: int) -> None:
        """Note the number of a message."""
        if seq is None or not 0 <= seq < SEQUENCE:
            self.unknown = True
            return
        if seq != self.expected and (seq in self.overtaken or self._is_last(seq)):
            self.overtaken.discard(seq)
            return
        if self.expected is not None and seq != self.expected:
            self.overtaken_at = self.overtaken_at if self.overtaken else at
            missing = (seq - self.expected) % SEQUENCE
            self.overtaken |= {(self.expected + each) % SEQUENCE for each in range(missing)}
        self.expected = (seq + 1) % SEQUENCE

    def _is_last(self, seq: int) -> bool:
        """The message before the expected one, which a bridge may bring twice."""
        return (seq + 1) % SEQUENCE == self.expected

    def is_due(self, now: int) -> bool:
        """Whether to ask it now to be born again."""
        wanted = self.unknown or (bool(self.overtaken) and not 0 <= now - self.overtaken_at < REORDER_TIMEOUT)
        return wanted and (self.asked_at is None or not 0 <= now - self.asked_at < REBIRTH_PAUSE)


class EdgeNodes:
    """All edge nodes that were heard, by group and name."""

    def __init__(self) -> None:
        self._nodes: BoundedDict[str, EdgeNode] = BoundedDict(MOST_NODES)

    def of(self, name: str) -> EdgeNode:
        """A node; one that was never heard has no birth."""
        node = self._nodes.get(name)
        if node is None:
            node = EdgeNode()
            self._nodes.put(name, node)
        return node

    def born(self, name: str, payload: Payload) -> None:
        """A node is there: what was known of it and of its devices counts no more."""
        node = EdgeNode(bdseq=payload.integer(BDSEQ))
        self._nodes.put(name, node)
        node.births.put("", Birth(payload.metrics))
        node.count(payload.seq, 0)

    def died(self, name: str, payload: Payload) -> list[str] | None:
        """The devices that go with a node, itself as ""; None when the death is not that of its latest birth."""
        node = self.of(name)
        if node.births.get("") is None or node.bdseq != payload.integer(BDSEQ):
            return None
        self._nodes.put(name, EdgeNode())
        return [*node.births]

    def to_be_reborn(self, now: int) -> list[str]:
        """The nodes to ask now, each noted as asked."""
        due = [name for name in self._nodes if self.of(name).is_due(now)]
        for name in due:
            self.of(name).asked_at = now
        return due
