"""What is recorded, read from any thread or process: by time, by arrival, as rules see it, as a chart."""
