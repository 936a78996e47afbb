"""Report profiles that disagree on the same trace: one text for each disagreement, with the profiles by id."""

from collections.abc import Sequence

from gateway.cli.offline.written import Json


def conflicts(kind: str, verdicts: Sequence[Json]) -> list[str]:
    """Return what the profiles disagree on; a profile without a limit for the kind takes no part."""
    judged = [verdict for verdict in verdicts if verdict["verdict"] is not None]
    by_outcome: dict[str, list[str]] = {}
    for verdict in judged:
        action = "" if verdict["action"] is None else f" ({verdict['action']})"
        by_outcome.setdefault(f"{verdict['verdict']}{action}", []).append(str(verdict["profile"]))
    if len(by_outcome) < 2:
        return []
    parties = "; ".join(f"{outcome} by {', '.join(profiles)}" for outcome, profiles in by_outcome.items())
    return [f"{kind}: {parties}"]
