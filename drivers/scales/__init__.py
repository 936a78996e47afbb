"""What scales say on their wire: one file a protocol, pure."""
