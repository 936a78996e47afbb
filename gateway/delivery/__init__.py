"""Deliver readings and alarms to other systems: InfluxDB and Home Assistant."""
