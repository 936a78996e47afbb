"""Read devices: bytes and messages in, readings out. This package is a library that knows nothing of kitchens."""
