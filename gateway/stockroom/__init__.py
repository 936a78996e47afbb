"""Stock as the gateway lives with it: scales that are watched, commands of people, what is told and kept."""
