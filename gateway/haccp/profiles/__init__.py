"""The limits of published standards as data, one file a standard, with the source of each limit."""
