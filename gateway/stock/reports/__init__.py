"""What the ledger tells: days of cover, shrinkage, traceability (pure)."""
