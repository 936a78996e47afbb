"""`mbg-gateway model FILE|-` or `--jsonl FILE`: apply a food-safety model to a trace or a number, offline.

The input is a JSON object whose `model` names it: lethality, growth, growth-rate, cooling-fit, mkt, dew-point,
boiling-point, product-filter, guard-band or calibration. Exit status 0 when answered, 2 for input that cannot be used.
"""

import argparse
from collections.abc import Sequence

from gateway.cli.offline import command
from gateway.cli.offline.model import answer


def main(argv: Sequence[str]) -> int:
    """Answer one input, or one a line."""
    parser = argparse.ArgumentParser(
        prog="mbg-gateway model", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_sources(parser)
    typed = parser.parse_args(argv)
    return command.run(parser.prog, answer, typed.file, typed.jsonl)
