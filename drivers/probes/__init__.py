"""Decode probes on a wire: Modbus devices by register maps, 1-wire probes, text lines; pure."""
