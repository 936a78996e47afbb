"""Poll several devices on one serial line; pure."""
