"""Issue the kitchen's certificates: an authority, and by it those of the broker and the devices (pure, but random).

X.509 by RFC 5280. Elliptic keys (P-256): small microcontrollers finish a handshake with them in a second, and every TLS
library of the last ten years supports them. Certificates live long on purpose: nobody in a kitchen renews them, and the
authority's key is stored beside the broker's, so a shorter life would protect from nothing.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIVES = timedelta(days=20 * 365)
"""Devices hold the authority's certificate, some in their firmware; it should outlive them."""
CERTIFICATE_LIVES = timedelta(days=10 * 365)
RENEW_BEFORE = timedelta(days=90)
BACKDATED = timedelta(days=1)
"""For a board whose clock is a few hours slow, a new certificate must already be valid."""

_CURVE = ec.SECP256R1
_KEY_USES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


class Identity(NamedTuple):
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key in PKCS #8 without a password: the broker starts when nobody is there to type one."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def read_identity(certificate_pem: bytes, key_pem: bytes) -> Identity:
    """Read a certificate and its key, as written by the two properties.

    Raises:
        ValueError: they cannot be read, or do not belong together.
    """
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    key = serialization.load_pem_private_key(key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the key does not belong to the certificate")
    return Identity(certificate, key)


def make_authority(name: str, now: datetime) -> Identity:
    """Make the authority that signs this kitchen's certificates; it cannot sign further authorities."""
    key = ec.generate_private_key(_CURVE())
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key, now, AUTHORITY_LIVES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_uses("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(certificate, key)


def issue_server(authority: Identity, names: Sequence[str], now: datetime, lives: timedelta) -> Identity:
    """Issue the broker's certificate for these host names and addresses; the first is its common name."""
    alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
    return _issue(authority, names[0], ExtendedKeyUsageOID.SERVER_AUTH, alternatives, (now, lives))


def issue_client(authority: Identity, name: str, now: datetime, lives: timedelta) -> Identity:
    """Issue a device's certificate; mosquitto uses its common name as the user."""
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name)])
    return _issue(authority, name, ExtendedKeyUsageOID.CLIENT_AUTH, alternatives, (now, lives))


def revocation_list(
    authority: Identity, revoked: Iterable[tuple[int, datetime]], now: datetime
) -> x509.CertificateRevocationList:
    """Make the list of revoked certificates, by serial number and date.

    It does not expire before the authority: with an expired list mosquitto refuses every connection.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - BACKDATED)
        .next_update(authority.certificate.not_valid_after_utc)
    )
    for serial, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, hashes.SHA256())


def names_of(certificate: x509.Certificate) -> list[str]:
    """Return the host names and addresses of a certificate, in its order."""
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(name.value) for name in extension.value]


def _issue(
    authority: Identity,
    name: str,
    purpose: x509.ObjectIdentifier,
    alternatives: x509.SubjectAlternativeName,
    span: tuple[datetime, timedelta],
) -> Identity:
    key = ec.generate_private_key(_CURVE())
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    certificate = (
        _builder(_name(name), authority.certificate.subject, key, *span)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_uses("digital_signature"), critical=True)
        # The broker's certificate must not work for a device, nor a device's for the broker.
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(signer, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Identity(certificate, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - BACKDATED)
        .not_valid_after(now.astimezone(UTC) + lives)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _uses(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in allowed for use in _KEY_USES})


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
