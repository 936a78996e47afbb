"""Formats that stock reads: GS1 barcodes and item lists as CSV (pure)."""
