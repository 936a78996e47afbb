"""Batches of food: from their beginning to their verdict, live and after late readings."""
