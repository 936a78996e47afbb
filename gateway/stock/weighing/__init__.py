"""Turn readings of a scale into plateaus and changes of stock (pure)."""
