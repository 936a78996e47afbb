"""The gateway process: readings in; alarms, stock and records out."""
