"""Profiles that disagree on the same trace: one text a disagreement, with the profiles by id. Never hidden."""

from collections.abc import Sequence

from gateway.cli.offline.written import Json


def conflicts(kind: str, verdicts: Sequence[Json]) -> list[str]:
    """What the profiles do not agree on; a profile without a limit for the kind disagrees with nobody."""
    judged = [verdict for verdict in verdicts if verdict["verdict"] is not None]
    said: dict[str, list[str]] = {}
    for verdict in judged:
        action = "" if verdict["action"] is None else f" ({verdict['action']})"
        said.setdefault(f"{verdict['verdict']}{action}", []).append(str(verdict["profile"]))
    if len(said) < 2:
        return []
    parties = "; ".join(f"{outcome} by {', '.join(profiles)}" for outcome, profiles in said.items())
    return [f"{kind}: {parties}"]
