"""The kitchen live: points, probes, control points and batches, judged as readings arrive (Codex HACCP principle 4)."""
