"""The kitchen's points and alarms as entities of Home Assistant, by MQTT discovery."""
