"""The offline commands: `judge`, `model`, `profiles` and `decode` answer for a file instead of a kitchen."""
