"""InfluxDB as a sink behind a cursor: what to send is decided purely, sending is in files of its own."""
