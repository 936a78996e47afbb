"""Weighing sessions and receiving: several weights that belong together (pure)."""
