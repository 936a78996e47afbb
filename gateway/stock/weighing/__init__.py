"""What a weight curve shows: plateaus, changes, containers (pure)."""
