"""`mbg-gateway check FILE`: list every mistake in a kitchen.yaml with its line and remedy."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.config import Config, ConfigError, load


def main(argv: Sequence[str]) -> int:
    """Check one file; return 0 when it can be used, else 2."""
    parser = argparse.ArgumentParser(prog="mbg-gateway check", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    file = parser.parse_args(argv).file
    config = load_or_explain(file)
    if config is None:
        return 2
    print(f"{file}: good: {len(config.devices)} devices, {len(config.points)} points")
    return 0


def load_or_explain(file: Path) -> Config | None:
    """Load the configuration; print every problem on a line of its own and return None if there is any."""
    try:
        return load(file)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return None
