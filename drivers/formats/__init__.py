"""What devices publish on a broker: one file a format, pure."""
