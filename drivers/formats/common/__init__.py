"""Share code between message formats: the base class, strict JSON, protobuf, bounded memory, and settings."""
