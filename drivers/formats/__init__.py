"""Decode the messages that devices publish on a broker: one file a format, pure."""
