"""The MQTT link: a kept session with a broker, messages in, acknowledgements out."""
