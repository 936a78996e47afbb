"""Join the weights of one weighing session, and check deliveries (pure)."""
