"""What all message formats share: the result type, units, identity, samples and settings."""
