"""The kitchen's own broker: its certificates, passwords and access list, as files for mosquitto."""
