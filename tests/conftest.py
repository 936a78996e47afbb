"""What every test may ask for: the real parts of the system tests, and hypothesis' settings."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# The time of one example says nothing on a shared machine.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")

# program → Debian's package, as tools/parts.sh installs them
PARTS = {
    "mosquitto": "mosquitto",
    "influxd": "influxdb",
    "victoria-metrics": "victoria-metrics",
    "socat": "socat",
    "chromium": "chromium",
    "gcc": "gcc libc6-dev",
}
# Debian puts brokers where a user's PATH does not look.
PROGRAM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


@pytest.fixture(scope="session")
def part() -> Callable[[str], Path]:
    """`part("mosquitto")`: where the real program is; skips the test when it is missing, fails it under CI."""

    def find(program: str) -> Path:
        found = shutil.which(program, path=PROGRAM_PATH)
        if found is None:
            say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            say(f"no {program} here: sudo apt-get install {PARTS[program]}")
        return Path(found)

    return find
