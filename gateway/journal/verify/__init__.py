"""Whether the journal still says what it said when it was written."""
