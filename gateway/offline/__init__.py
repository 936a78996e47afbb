"""What the engine says of a file instead of a live kitchen: JSON in, JSON out, with the code of the gateway itself."""
