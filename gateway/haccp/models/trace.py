"""Define a temperature trace and its units of time."""

from collections.abc import Sequence

Sample = tuple[int, float]
"""(microseconds from any origin, Cel)"""

Trace = Sequence[Sample]
"""Samples in order of time."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
