"""Limits as data, one file a standard; every limit with its document, section and how sure we are of it."""
