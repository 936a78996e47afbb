"""The rules: each folds readings and marks into a state, and gives a verdict on it (pure)."""
