"""What all scale protocols share: lines, packed frames, asked scales, and the weighing record."""
