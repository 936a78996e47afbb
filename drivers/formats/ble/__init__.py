"""Decode the bytes of Bluetooth advertisements."""
