"""Load the profiles of this version, and the tables that they name."""

from functools import cache
from importlib.resources import files

import msgspec
import yaml

from gateway.haccp.profiles.model import Profile, StandardTables

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
    """Return the profile of an id.

    Raises:
        KeyError: there is none.
    """
    if profile_id not in IDS:
        raise KeyError(profile_id)
    return msgspec.convert(_read(f"{profile_id}.yaml"), Profile)


@cache
def tables() -> StandardTables:
    """Return the step tables and exposure rules."""
    return msgspec.convert(_read("tables.yaml"), StandardTables)


def _read(name: str) -> object:
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
