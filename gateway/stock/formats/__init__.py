"""Parse GS1 barcodes and item lists as CSV (pure)."""
