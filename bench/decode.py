"""Measure how long `mbg-gateway decode --jsonl` takes for 10,000 lines: the cases of all drivers, repeated.

    python -m bench.decode [--lines 10000]

The whole program is timed, including its start, beside a Python that only starts and reads the lines as JSON.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from bench.figures import figure
from tests.gateway.cli.test_decode_cases import FILES, asked

READ_ONLY = "import json, sys; [json.loads(line) for line in open(sys.argv[1])]"
COMMAND = "import sys; from gateway.cli.main import main; sys.exit(main(['decode', '--jsonl', sys.argv[1]]))"


def seconds(program: str, file: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, str(file)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000)
    count = parser.parse_args().lines
    cases = [(file.stem, json.loads(line)) for file in FILES for line in file.read_text("utf-8").splitlines()]
    lines = [json.dumps(asked(stem, case)) for stem, case in cases]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.jsonl"
        file.write_text("\n".join(islice(cycle(lines), count)) + "\n")
        bare, took = (min(seconds(each, file) for _ in range(2)) for each in (READ_ONLY, COMMAND))
    print(f"{count:,} lines, {len(lines)} of them different; twice, the faster one")
    figure(f"mbg-gateway decode, {count:,} lines", f"{took:.2f} s", beside=f"only read as JSON: {bare:.2f} s")


if __name__ == "__main__":
    main()
