"""Alarms after ISA-18.2: subjects, levels, the state table, and the board of the alarms that are not normal (pure)."""
