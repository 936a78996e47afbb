"""`mbg-gateway profiles [ID …]`: the limits of the standards side by side, with where each one stands.

Without ids all profiles. `--sources` lists every limit with document, section and certainty; `--json` is for programs.
Certainty: read (in the text itself), secondary (in a text that quotes it), unverified (known, not found again),
engineering (no law's).
"""

import argparse
import sys
from collections.abc import Sequence

from gateway.cli.offline.shown import as_json, side_by_side, sources
from gateway.haccp.profiles.load import IDS


def main(argv: Sequence[str]) -> int:
    """0 when shown, 2 for a profile that there is none of."""
    parser = argparse.ArgumentParser(
        prog="mbg-gateway profiles", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help=", ".join(IDS))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--sources", action="store_true", help="every limit with document, section and certainty")
    form.add_argument("--json", action="store_true", help="the whole profiles as JSON")
    typed = parser.parse_args(argv)
    unknown = [one for one in typed.ids if one not in IDS]
    if unknown:
        sys.stderr.write(f"{parser.prog}: {', '.join(unknown)}: none of {', '.join(IDS)}\n")
        return 2
    ids = list(dict.fromkeys(typed.ids)) or list(IDS)
    text = as_json(ids) if typed.json else sources(ids) if typed.sources else side_by_side(ids)
    sys.stdout.write(f"{text}\n")
    return 0
