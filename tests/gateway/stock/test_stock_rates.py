"""How often a scale's noise, creep and vibration make a movement, or hide one; `make bench-stock` runs a thousand."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_noise_creep_and_vibration_make_no_movement_and_hide_none() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.stock", "--runs", "20"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" 60 ") == 3, done.stdout
