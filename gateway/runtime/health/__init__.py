"""The gateway's own health: links, deliveries and storage, as alarms and as `health`."""
