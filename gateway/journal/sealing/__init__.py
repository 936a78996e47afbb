"""Closed hours become compressed chunks, and what is too old goes; drawn up from the file, written by the writer."""
