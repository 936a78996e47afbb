"""The gateway process: device readings in; HACCP alarms, stock and a durable journal out."""
