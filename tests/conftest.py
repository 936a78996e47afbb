"""Settings for all tests. Real parts are found by tests/brokers.py's need_program: missing is a skip, under CI a failure."""

import os

import hypothesis

# The time of one example says nothing on a shared machine.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")
