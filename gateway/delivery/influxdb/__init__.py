"""Deliver the journal's readings to InfluxDB, behind a cursor."""
