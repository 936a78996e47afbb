"""Keep the double-entry ledger: movements between places, lots and FEFO (pure)."""
