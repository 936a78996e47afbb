"""Events are chained: each one's hash covers its row and the hash before, so a change shows in all that follow.

The hash is SHA-256 over `previous` and the row's fields as one JSON array, in the order of `chained`'s arguments.
"""

import hashlib
import json

GENESIS = bytes(32)
"""What the first event of a journal is chained to."""


def chained(
    previous: bytes, *, key: str, kind: str, subject: str, at: int, recorded_at: int, person: str | None, body: str
) -> bytes:
    """The hash of an event that follows `previous`. `body` is the JSON text as stored."""
    row = json.dumps([key, kind, subject, at, recorded_at, person, body], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + row.encode()).digest()
