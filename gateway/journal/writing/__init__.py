"""The one writer of the journal, its file, and what waits in memory while that cannot be written."""
