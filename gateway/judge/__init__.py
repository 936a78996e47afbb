"""What the rules say of any trace under any profile, offline: the same rules, folds and profiles as live."""
