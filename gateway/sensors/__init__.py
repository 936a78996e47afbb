"""Whether a sensor tells the truth: its behaviour, its checks, and what is corrected by them."""
