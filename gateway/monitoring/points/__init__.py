"""Points: the live state of each measured quantity, and the quality and time of its readings."""
