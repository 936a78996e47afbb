"""What time it is: the machine's clock as far as it can be believed, and what becomes of it when it is set."""
