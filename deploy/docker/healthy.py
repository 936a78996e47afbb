"""Check the container's health at the address of /api/health.

Exit status 0 when the API reaches the gateway and the journal is being written. A lost device or broker turns the
kitchen's page orange, but does not make the container unhealthy: a restart would not help.
"""

import json
import sys
import urllib.request

ANSWER_WITHIN = 3.0


def trouble(url: str) -> str | None:
    """Return what is wrong; None when nothing is."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_WITHIN) as answer:  # noqa: S310 - the address is our own
            health = json.load(answer)
    except (OSError, ValueError) as error:
        return f"the API does not answer: {error}"
    if health["status"] == "gateway_away":
        return "the gateway does not answer the API"
    if not health["journal_readable"] or not (health["health"] or {}).get("recording", False):
        return "nothing is being recorded"
    return None


if __name__ == "__main__":
    sys.exit(trouble(sys.argv[1]))
