"""The rules: each is a fold over readings that ends in a verdict (pure)."""
