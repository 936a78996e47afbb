"""Decode the frames of scales: one file a protocol, pure."""
