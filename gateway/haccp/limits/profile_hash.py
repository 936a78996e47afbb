"""Hash a profile, so that a verdict can say which limits it was judged by."""

import json
from functools import cache
from hashlib import sha256

import msgspec

from gateway.haccp.limits.cooking import COOKING
from gateway.haccp.limits.exposure import EXPOSURE
from gateway.haccp.limits.kinds import KINDS
from gateway.haccp.profiles.load import load, tables
from gateway.haccp.profiles.model import Profile


def as_data(profile: Profile) -> dict[str, object]:
    """Return the whole profile as plain data, every limit in the types of its kind."""
    limits = {name: msgspec.to_builtins(kind.limits_in(profile)) for name, kind in KINDS.items()}
    return {**msgspec.to_builtins(profile), "limits": {name: entries for name, entries in limits.items() if entries}}


@cache
def profile_hash(profile_id: str) -> str:
    """Return SHA-256 of the profile and of the tables that it names, as canonical JSON.

    A comment in the file, or another layout, changes nothing.
    """
    profile = load(profile_id)
    named = {limit.table for limit in COOKING.limits_in(profile) if limit.table is not None}
    rules = {limit.rule for limit in EXPOSURE.limits_in(profile)}
    content = {
        "profile": as_data(profile),
        "tables": {name: msgspec.to_builtins(tables().tables[name]) for name in named},
        "exposure": {name: msgspec.to_builtins(tables().exposure[name]) for name in rules},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()
