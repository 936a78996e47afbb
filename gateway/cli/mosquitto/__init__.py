"""Set up the kitchen's own MQTT broker: certificates, passwords and access list for mosquitto."""
