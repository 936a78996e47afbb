"""An hour of readings in little space, and back exactly: no file, no clock (pure)."""
