"""All that reaches the pipeline: from links, from people, from deliveries, and from the gateway's own threads."""

import msgspec

from drivers.contract import LinkChange, MqttMessage, Readings, Trouble
from gateway.delivery.influxdb.progress import SinkReport
from gateway.monitoring.batches.refold import BatchRefolded
from gateway.monitoring.control_points.refold import Refolded
from gateway.records.transaction import Upkeep
from gateway.server.requests import Command, Watch


class JournalDamaged(msgspec.Struct, frozen=True):
    """A reader found the journal's file damaged; `text` is SQLite's, `file` the inode: another may be in its place."""

    text: str
    file: int


FromLink = MqttMessage | Readings | LinkChange | Trouble
FromPeople = Command | Watch
FromThreads = Refolded | BatchRefolded | Upkeep | JournalDamaged
Arrival = FromLink | FromPeople | FromThreads | SinkReport
