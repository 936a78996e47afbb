"""The clock: the machine's time as far as it can be believed, and what follows when it is set."""
