"""Print profiles: side by side, limit by limit with the sources, or as JSON."""

import json
from collections.abc import Iterator, Sequence

import msgspec

from gateway.haccp.limits.kinds import KINDS
from gateway.haccp.limits.profile_hash import as_data, profile_hash
from gateway.haccp.profiles.load import load, tables
from gateway.haccp.profiles.model import Cited, Profile

_COLUMN = 44
_SHORT_HASH = 12


def as_json(ids: Sequence[str]) -> str:
    """Return the whole profiles with their hashes, as JSON."""
    profiles = [{**as_data(load(profile_id)), "hash": profile_hash(profile_id)} for profile_id in ids]
    return json.dumps({"profiles": profiles, "tables": msgspec.to_builtins(tables())}, ensure_ascii=False, indent=1)


def side_by_side(ids: Sequence[str]) -> str:
    """Return the profiles by kind of control, one line for each limit."""
    columns = [["", *(_cells(load(profile_id), kind) for kind in KINDS)] for profile_id in ids]
    blocks = []
    for number, kind in enumerate(KINDS, start=1):
        blocks.append(kind)
        for profile_id, column in zip(ids, columns, strict=True):
            blocks += [f"  {profile_id:<16} {text}" for text in column[number]]
    heads = [
        f"{profile_id:<16} {profile_hash(profile_id)[:_SHORT_HASH]}  {load(profile_id).name}" for profile_id in ids
    ]
    return "\n".join([*heads, "", *blocks])


def _cells(profile: Profile, kind: str) -> list[str]:
    return [text(limit) for limit in KINDS[kind].limits_in(profile)]


def sources(ids: Sequence[str]) -> str:
    """Return every limit with its source and how sure we are of it."""
    return "\n".join(line for profile_id in ids for line in _sources(load(profile_id)))


def _sources(profile: Profile) -> Iterator[str]:
    yield f"{profile.id} {profile_hash(profile.id)}  {profile.name}"
    if profile.note is not None:
        yield f"  {profile.note}"
    for name, kind in KINDS.items():
        for limit in kind.limits_in(profile):
            where = f"{limit.document or profile.document}, {limit.section}"
            note = "" if limit.note is None else f" ({limit.note})"
            yield f"  {name:<15} {text(limit):<{_COLUMN}} {limit.certainty:<12} {where}{note}"


def text(limit: Cited) -> str:
    """Return one limit in a few words."""
    about = [*limit.food, *([] if limit.variant is None else [limit.variant])]
    return limit.in_words + (f" [{', '.join(about)}]" if about else "")
