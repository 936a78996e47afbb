"""Probes: calibration, checks that are due, swapped sensors."""
