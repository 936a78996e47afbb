"""The commands about stock, one function each, in one table."""
