"""What became of every second of a point."""
