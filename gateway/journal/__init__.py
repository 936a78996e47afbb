"""The journal: one SQLite file with the readings, the events drawn from them and how things stand."""
