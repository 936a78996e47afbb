"""The journal: the one SQLite file in which everything is recorded; other rooms use `Journal` and its reads."""
