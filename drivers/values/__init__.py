"""Turn what a device sends (numbers, units, times) into readings; shared by probes and message formats."""
