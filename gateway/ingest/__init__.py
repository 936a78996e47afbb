"""Readings in: links to ports and broker, one bounded queue, topics, redelivery and the rate limit."""
