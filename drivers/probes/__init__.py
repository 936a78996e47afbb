"""Probes with a wire: Modbus by register maps, 1-wire, text lines; pure."""
