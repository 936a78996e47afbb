"""Open, read and reopen serial ports, 1-wire files and the MQTT broker: the only I/O of the drivers."""
