"""The past: what the journal's file and InfluxDB tell."""
