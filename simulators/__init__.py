"""Simulate a kitchen without hardware: its devices, what happens to them, and the goods that move."""
