"""Ports, 1-wire files and the broker are opened, read and reopened here: the only I/O of the drivers."""
