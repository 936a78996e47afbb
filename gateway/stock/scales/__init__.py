"""From a scale's readings to movements: bin scales and bench scales."""
