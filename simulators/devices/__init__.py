"""Simulate devices from their makers' documents: probes, scales and Modbus slaves, on serial lines and MQTT."""
