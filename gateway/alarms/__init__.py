"""Alarms after ISA-18.2: kinds, state table, and the board of those that are not normal (pure)."""
