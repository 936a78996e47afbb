"""The data folder and its files: opening a journal to read it, copies, damaged files."""
