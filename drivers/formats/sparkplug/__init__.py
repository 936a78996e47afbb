"""Decode Sparkplug B (Eclipse, 3.0): payload, session and driver."""
