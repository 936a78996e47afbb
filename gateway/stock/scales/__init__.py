"""Turn the readings of bin scales and bench scales into movements and loads."""
