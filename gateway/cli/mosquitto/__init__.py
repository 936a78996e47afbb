"""Set-up of the kitchen's own MQTT broker: certificates, passwords and access list for mosquitto."""
