"""The profiles that this version comes with, and the hash that says which limits a verdict was judged by."""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec
import yaml

from gateway.haccp.profiles.model import Profile, Tables

IDS = (
    "mbg-strict",
    "fda2022",
    "codex-cxc39",
    "uk-fsa",
    "fsanz",
    "who",
    "japan-mhlw",
    "fsis-appendix-b",
    "permenkes-1096",
)
DEFAULT = "mbg-strict"


@cache
def load(profile_id: str) -> Profile:
    """The profile of an id; KeyError when there is none."""
    if profile_id not in IDS:
        raise KeyError(profile_id)
    return msgspec.convert(_read(f"{profile_id}.yaml"), Profile)


@cache
def tables() -> Tables:
    """Step tables and exposure rules."""
    return msgspec.convert(_read("tables.yaml"), Tables)


@cache
def profile_hash(profile_id: str) -> str:
    """SHA-256 of the profile and of the tables that it names, as canonical JSON: a comment in the file, or another
    layout, changes nothing.
    """
    profile = load(profile_id)
    named = {limit.table for limit in profile.limits.cooking if limit.table is not None}
    rules = {limit.rule for limit in profile.limits.exposure}
    content = {
        "profile": msgspec.to_builtins(profile),
        "tables": {name: msgspec.to_builtins(tables().tables[name]) for name in named},
        "exposure": {name: msgspec.to_builtins(tables().exposure[name]) for name in rules},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def _read(name: str) -> object:
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
