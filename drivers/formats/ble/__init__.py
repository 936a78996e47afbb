"""Bluetooth advertisements, raw or through a relay."""
