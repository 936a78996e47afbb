"""The Unix socket at which the API asks: snapshots, changes, and commands."""
