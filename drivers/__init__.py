"""Devices in, readings out: a library by itself, which knows nothing of kitchens."""
