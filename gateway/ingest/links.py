"""The links of a kitchen: to its broker and to its ports, and what goes by way of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ssl import SSLContext

from drivers.contract import ArrivalQueue, Clock
from drivers.links.mqtt.link import MqttLink
from drivers.links.mqtt.settings import MqttSettings, tls_context
from drivers.links.serial.link import SerialLink
from drivers.links.w1 import W1Link
from gateway.config import Config, read_secret
from gateway.delivery.home_assistant.topics import OFFLINE, ROOT, status_topic
from gateway.ingest.topic_routes import Routes, routes_of
from gateway.ingest.wired_links import wired_links


@dataclass(frozen=True)
class Links:
    """`routes`: what the broker's messages are; `scales`: those that can be told something, with their links."""

    routes: Routes
    broker: MqttLink | None
    ports: Sequence[SerialLink | W1Link]
    scales: Mapping[str, SerialLink]

    @property
    def all(self) -> list[MqttLink | SerialLink | W1Link]:
        return [*([self.broker] if self.broker else []), *self.ports]

    @property
    def serial(self) -> list[SerialLink]:
        """Of the ports, those with a serial line."""
        return _serial(self.ports)

    @property
    def can_be_told(self) -> dict[str, list[str]]:
        """What each of the scales can be told."""
        return {device: sorted(link.commands(device)) for device, link in self.scales.items()}


def links_of(config: Config, intake: ArrivalQueue, clock: Clock) -> Links:
    """All links of the configuration, none of them open yet.

    Raises:
        ConfigError: the broker's password cannot be read.
        drivers.errors.ConfigurationError: a device cannot be built from its settings.
    """
    routes = routes_of(config)
    broker = _broker(config, routes, intake, clock)
    ports = wired_links(config, intake, clock)
    scales = {device.id: port for device in config.devices for port in _serial(ports) if port.commands(device.id)}
    return Links(routes, broker, ports, scales)


def _serial(ports: Sequence[SerialLink | W1Link]) -> list[SerialLink]:
    return [port for port in ports if isinstance(port, SerialLink)]


def client_id(config: Config) -> str:
    """By this name the broker keeps what we have not acknowledged."""
    return f"mbg-gateway-{config.kitchen.id}"


def _broker(config: Config, routes: Routes, intake: ArrivalQueue, clock: Clock) -> MqttLink | None:
    """The broker's link; None when kitchen.yaml names no broker."""
    mqtt = config.mqtt
    if mqtt is None:
        return None
    tls: SSLContext | None = None
    if mqtt.tls is not None:
        tls = tls_context(*(str(file) if file else None for file in (mqtt.tls.ca, mqtt.tls.cert, mqtt.tls.key)))
    settings = MqttSettings(
        client_id=client_id(config),
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=read_secret(env=mqtt.password_env, file=mqtt.password_file),
        tls=tls,
        will=(status_topic(config.kitchen.id), OFFLINE),
        check=f"{ROOT}/{config.kitchen.id}/check",
    )
    return MqttLink(settings, routes.filters, intake, clock)
