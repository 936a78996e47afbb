"""Profiles for people: side by side, or limit by limit with its source; and for programs as JSON."""

import json
from collections.abc import Iterator, Sequence

import msgspec

from gateway.haccp.profiles.load import load, profile_hash, tables
from gateway.haccp.profiles.model import (
    Cited,
    CookingLimit,
    CoolingLimit,
    EatByLimit,
    ExposureLimit,
    HoldingLimit,
    Limits,
    Profile,
    ReheatingLimit,
    RinseLimit,
    ThawingLimit,
    TimeLimit,
)

KINDS = Limits.__struct_fields__
_COLUMN = 44
_SHORT_HASH = 12


def as_json(ids: Sequence[str]) -> str:
    """The whole profiles with their hashes."""
    given = [{**msgspec.to_builtins(load(one)), "hash": profile_hash(one)} for one in ids]
    return json.dumps({"profiles": given, "tables": msgspec.to_builtins(tables())}, ensure_ascii=False, indent=1)


def side_by_side(ids: Sequence[str]) -> str:
    """A row a kind, a column a profile; long rows are continued below."""
    columns = [["", *(_cells(load(one), kind) for kind in KINDS)] for one in ids]
    blocks = []
    for number, kind in enumerate(KINDS, start=1):
        blocks.append(kind)
        for profile_id, column in zip(ids, columns, strict=True):
            blocks += [f"  {profile_id:<16} {text}" for text in column[number]]
    heads = [f"{one:<16} {profile_hash(one)[:_SHORT_HASH]}  {load(one).name}" for one in ids]
    return "\n".join([*heads, "", *blocks])


def _cells(profile: Profile, kind: str) -> list[str]:
    return [text(limit) for limit in getattr(profile.limits, kind)]


def sources(ids: Sequence[str]) -> str:
    """Every limit with where it stands and how sure we are of it."""
    return "\n".join(line for one in ids for line in _sources(load(one)))


def _sources(profile: Profile) -> Iterator[str]:
    yield f"{profile.id} {profile_hash(profile.id)}  {profile.name}"
    if profile.note is not None:
        yield f"  {profile.note}"
    for kind in KINDS:
        for limit in getattr(profile.limits, kind):
            where = f"{limit.document or profile.document}, {limit.section}"
            note = "" if limit.note is None else f" ({limit.note})"
            yield f"  {kind:<15} {text(limit):<{_COLUMN}} {limit.certainty:<12} {where}{note}"


def text(limit: Cited) -> str:
    """One limit in a few words."""
    about = [*limit.food, *([] if limit.variant is None else [limit.variant])]
    return _text(limit) + (f" [{', '.join(about)}]" if about else "")


def _text(limit: Cited) -> str:  # noqa: PLR0911 - one line a kind
    match limit:
        case HoldingLimit():
            return _holding(limit)
        case CookingLimit():
            return f"table {limit.table}" if limit.table is not None else f"≥{limit.temperature:g}{_held(limit.hold_s)}"
        case ReheatingLimit():
            return f"{limit.start:g}→{limit.temperature:g}{_held(limit.hold_s)}{_within(limit.within_min)}"
        case CoolingLimit():
            stages = [f"{stage.start:g}→{stage.to:g}{_within(stage.within_min)}" for stage in limit.stages]
            return (" or " if limit.either else ", ").join(stages)
        case ExposureLimit():
            return f"rule {limit.rule}"
        case TimeLimit():
            start = f"from ≤{limit.start_max:g}" + ("" if limit.start_min is None else f" or ≥{limit.start_min:g}")
            return f"{limit.hours} h {start}" + ("" if limit.never_above is None else f", never >{limit.never_above:g}")
        case EatByLimit():
            return f"{_within(limit.within_min).strip()} of the end of cooking"
        case RinseLimit():
            return f"≥{limit.critical_min:g}{_held(limit.hold_s)}"
        case ThawingLimit():
            return f"≤{limit.ceiling:g}" + (
                f", above {limit.cold:g}{_within(limit.within_min)}" if limit.within_min else ""
            )
    raise TypeError(limit)


def _holding(limit: HoldingLimit) -> str:
    level, _, side = limit.key.partition("_")
    words = [f"{level} {'≤' if side == 'max' else '≥'}{limit.value:g}"]
    words += [f"for {limit.on_delay_min:g} min"] if limit.on_delay_min else []
    words += [f"one period of {limit.allowance_min:g} min"] if limit.allowance_min else []
    words += [f"for {limit.kept_h:g} h"] if limit.kept_h else []
    return " ".join(words)


def _held(seconds: float) -> str:
    return f" for {seconds:g} s" if seconds else ""


def _within(minutes: float | None) -> str:
    return "" if minutes is None else f" within {minutes:g} min"
