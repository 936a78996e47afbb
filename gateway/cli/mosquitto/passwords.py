"""Write mosquitto's password file: `user:$7$rounds$salt$hash`, one a line.

PBKDF2 with HMAC-SHA512, a salt of 12 bytes and a hash of 64, both in base64; 101 rounds (mosquitto 2.0,
apps/mosquitto_passwd and src/password_mosq: hash type 7). A hundred rounds are too few for a password that a person
invents. Ours are random with 100 bits: nobody can try them all, and a wrong one costs the broker's only thread little.
"""

import base64
import hashlib
import hmac
import secrets

ROUNDS = 101
SALT_BYTES = 12
PASSWORD_LENGTH = 20
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 characters, 5 bits each, without those that a person confuses when typing (l, o, 0, 1)."""


def draw_password() -> str:
    """Return a new random password of 100 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))


def draw_salt() -> bytes:
    """Return a new random salt."""
    return secrets.token_bytes(SALT_BYTES)


def password_line(user: str, password: str, salt: bytes) -> str:
    """Return a user's line of the file."""
    return f"{user}:$7${ROUNDS}${_base64(salt)}${_base64(_hash(password, salt, ROUNDS))}"


def fits(line: str, user: str, password: str) -> bool:
    """Tell whether a line accepts this user with this password."""
    name, _, secret = line.partition(":")
    try:
        _, kind, rounds, salt, hashed = secret.split("$")
        expected = _hash(password, base64.b64decode(salt), int(rounds))
        return (name, kind) == (user, "7") and hmac.compare_digest(expected, base64.b64decode(hashed))
    except ValueError:
        return False


def users(text: str) -> list[str]:
    """Return the users of a password file, in its order."""
    return [line.partition(":")[0] for line in text.splitlines() if ":" in line]


def without(text: str, user: str) -> str:
    """Return the file without a user."""
    others = [line for line in text.splitlines() if line.partition(":")[0] != user]
    return "".join(f"{line}\n" for line in others)


def _hash(password: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
