"""Batches of food: what people and traces say of them, and what the rules make of that; all of it pure."""
