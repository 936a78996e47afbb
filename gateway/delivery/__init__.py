"""Delivery of what the journal holds to other systems: InfluxDB and Home Assistant."""
