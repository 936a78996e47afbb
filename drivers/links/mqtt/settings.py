"""Define the settings of an MQTT connection, and load its TLS certificates."""

import ssl

import msgspec

from drivers.errors import ConfigurationError

KEEPALIVE = 20
"""Seconds. A connection that is dead but not closed is left within a minute, and after a network outage of a minute the
next attempt comes soon enough."""


class MqttSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Address of the broker, and our identity.

    Attributes:
        client_id: names the session; two programs must not share it.
        host, port: the broker.
        username, password: None for neither.
        tls: None for no TLS.
        keepalive: seconds; a broker that is silent for twice as long is lost.
        will: topic and payload that stay retained when we are gone, whether we left or were lost; None for no will.
        check: a topic of our own. At each connection we publish on it and expect the message back, since the broker's
            access list may forbid without a word. Messages on this topic are never put into the queue. None for no
            check.
    """

    client_id: str
    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    keepalive: int = KEEPALIVE
    will: tuple[str, bytes] | None = None
    check: str | None = None


def tls_context(ca: str | None = None, cert: str | None = None, key: str | None = None) -> ssl.SSLContext:
    """Build the TLS context of MqttSettings from PEM files.

    Args:
        ca: certificate of the authority that signed the broker's; None for the system's authorities.
        cert: our certificate; None for none.
        key: its private key.

    Raises:
        ConfigurationError: a file cannot be read, or is not of this kind.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert is not None:
            context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(file for file in (ca, cert, key) if file)
        raise ConfigurationError(f"mqtt.tls: {files}: {error}; each must be a readable PEM file") from error
    return context
