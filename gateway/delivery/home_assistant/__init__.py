"""Publish points and alarms to Home Assistant by MQTT discovery."""
