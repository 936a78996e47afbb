"""`mbg-gateway profiles [ID …]`: show the limits of the standards side by side, with their sources.

Without ids all profiles. `--sources` lists every limit with document, section and certainty; `--json` is for programs.
Certainty: read (in the text itself), secondary (in a text that quotes it), unverified (known, not found again),
engineering (not from a law).
"""

import argparse
import sys
from collections.abc import Sequence

from gateway.cli.offline.shown import as_json, side_by_side, sources
from gateway.haccp.profiles.load import IDS


def main(argv: Sequence[str]) -> int:
    """Print profiles; return 0, or 2 for an unknown id."""
    parser = argparse.ArgumentParser(
        prog="mbg-gateway profiles", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help=", ".join(IDS))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--sources", action="store_true", help="every limit with document, section and certainty")
    form.add_argument("--json", action="store_true", help="the whole profiles as JSON")
    typed = parser.parse_args(argv)
    unknown = [name for name in typed.ids if name not in IDS]
    if unknown:
        sys.stderr.write(f"{parser.prog}: {', '.join(unknown)}: none of {', '.join(IDS)}\n")
        return 2
    ids = list(dict.fromkeys(typed.ids)) or list(IDS)
    text = as_json(ids) if typed.json else sources(ids) if typed.sources else side_by_side(ids)
    sys.stdout.write(f"{text}\n")
    return 0
