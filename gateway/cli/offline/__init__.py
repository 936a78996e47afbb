"""The commands that need no kitchen: `judge`, `model`, `profiles` and `decode` answer for a file."""
