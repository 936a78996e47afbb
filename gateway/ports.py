"""From the devices of kitchen.yaml to the serial links that serve them."""

from drivers.contract import Clock
from gateway.config import Config
from gateway.intake import Intake


def serial_links(config: Config, intake: Intake[object], clock: Clock) -> list:
    return []
