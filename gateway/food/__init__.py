"""Batches of food as the gateway lives with them: what is folded, judged, alarmed, told and kept."""
