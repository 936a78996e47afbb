"""Compute days of cover, shrinkage and traceability from the ledger (pure)."""
