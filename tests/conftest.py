"""Settings for all tests."""

import os

import hypothesis

# The time of one example says nothing on a shared machine.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# The tests marked `fuzz`, by `make fuzz`.
hypothesis.settings.register_profile(
    "full", deadline=None, max_examples=20_000, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
FULL = "full" if os.environ.get("MBG_FULL") else None
hypothesis.settings.load_profile(FULL or ("ci" if os.environ.get("CI") else "default"))
