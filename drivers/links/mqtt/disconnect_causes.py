"""Explain why a broker is not connected: errors and reason codes as a sentence with the fault and the remedy.

Reason codes: OASIS MQTT 5.0 §2.4; paho maps the return codes of 3.1.1 (§3.2.2.3) to them.
"""

import socket
import ssl

import msgspec

NOT_SPOKEN = 0x84
"""Unsupported protocol version."""


class DisconnectCause(msgspec.Struct, frozen=True):
    """Why a connection failed or ended.

    Attributes:
        text: one sentence without the broker's name: what is wrong, what to do.
        lasting: True when the fault stays until a person removes it.
        code: MQTT reason code, 0 when the broker gave none.
    """

    text: str
    lasting: bool = False
    code: int = 0


_REFUSALS = {
    0x84: "it speaks neither MQTT 5 nor 3.1.1: use another broker",
    0x85: "it refuses the client id: allow it, or change kitchen.id",
    0x86: "wrong user name or password: correct mqtt.username and its password",
    0x87: "not authorized: correct mqtt.username and its password, or allow this user in the broker's configuration",
    0x88: "the broker is not available",
    0x89: "the broker is busy",
    0x8A: "the broker has banned this client: lift the ban there",
    0x8B: "the broker is shutting down",
    0x8C: "it wants another way of authentication than user name and password: configure that there",
    0x8E: "another program connects with the same client id: stop the second gateway, or change one's kitchen.id",
    0x97: "the broker's quota is exceeded: raise its limits",
    0x9F: "the broker limits how often one may connect",
}
_LASTING = {0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x8E, 0x97}

CLOSED = DisconnectCause("it closed the connection")
NO_ANSWER = DisconnectCause("it closes the connection before it answers: check mqtt.port and mqtt.tls", lasting=True)
SILENT = DisconnectCause("it does not answer as an MQTT broker: check mqtt.port and mqtt.tls", lasting=True)
UNRESPONSIVE = DisconnectCause("it has stopped answering")


def cause_of_reason(code: int, name: str) -> DisconnectCause:
    """Return the cause of a refusing CONNACK, or of a DISCONNECT by the broker."""
    text = _REFUSALS.get(code, f"it says “{name}” (0x{code:02x})")
    return DisconnectCause(text, lasting=code in _LASTING, code=code)


def cause_of_error(error: Exception) -> DisconnectCause:
    """Return the cause of an error in connecting, in the TLS handshake, in reading or writing."""
    match error:
        case ssl.SSLCertVerificationError():
            return DisconnectCause(_distrust(error), lasting=True)
        case ssl.SSLError():
            return DisconnectCause(_failed_handshake(error.reason or str(error)), lasting=True)
        case ConnectionResetError() | BrokenPipeError():
            return CLOSED
    plain = (text for kind, text in _ERRORS if isinstance(error, kind))
    return DisconnectCause(next(plain, str(error)))


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    """Explain a rejected certificate by OpenSSL's code (X509_verify_cert_error_string)."""
    remedy = _DISTRUST.get(error.verify_code, "set mqtt.tls.ca to the certificate of the authority that signed it")
    return f"its certificate is not trusted ({error.verify_message.rstrip('.')}): {remedy}"


_WRONG_NAME = "set mqtt.host to a name that the certificate has, or make one with this name for the broker"
_DISTRUST = {
    9: "set this computer's clock; else make a new certificate for the broker",
    10: "make a new certificate for the broker, if this computer's clock is right",
    62: _WRONG_NAME,
    64: _WRONG_NAME,
}


def _failed_handshake(reason: str) -> str:
    """Explain a failed handshake by OpenSSL's reason; the alerts are those of RFC 8446 §6.2."""
    if "CERTIFICATE_REQUIRED" in reason:
        return "it asks for a certificate of ours: set mqtt.tls.cert and mqtt.tls.key, or use its port for passwords"
    if any(word in reason for word in _NOT_ACCEPTED):
        return f"it does not accept our certificate ({reason}): have a new one made by the broker's authority"
    return f"TLS failed ({reason}): check mqtt.port, and mqtt.tls.cert and key if it wants them"


_NOT_ACCEPTED = ("ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED")

_ERRORS: tuple[tuple[type[OSError], str], ...] = (
    (ConnectionRefusedError, "nothing listens there: start the broker, or correct mqtt.host and mqtt.port"),
    (TimeoutError, "no answer: check mqtt.host, the network and the firewall"),
    (socket.gaierror, "no such host: correct mqtt.host, or check the name service"),
)
