"""The container's health check, given the address of /api/health.

Exit status 0 when the API reaches the gateway and the journal is being written. A device or a broker that is away makes
the kitchen's page orange, not the container ill: to start it anew would help nobody.
"""

import json
import sys
import urllib.request

ANSWER_WITHIN = 3.0


def trouble(url: str) -> str | None:
    """What is wrong, None when nothing is."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_WITHIN) as answer:  # noqa: S310 - the address is our own
            told = json.load(answer)
    except (OSError, ValueError) as error:
        return f"the API does not answer: {error}"
    if told["status"] == "gateway_away":
        return "the gateway does not answer the API"
    if not told["journal_readable"] or not (told["health"] or {}).get("recording", False):
        return "nothing is being recorded"
    return None


if __name__ == "__main__":
    sys.exit(trouble(sys.argv[1]))
