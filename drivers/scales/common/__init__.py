"""Share code between scale protocols: line and packed frames, polled scales, fields, and the `Weighing` record."""
