"""What the gateway records: plain values that every room above may use (pure)."""
