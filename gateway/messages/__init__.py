"""Sentences about what happens, in Indonesian and English. The same event always gives the same sentence (pure)."""

from gateway.messages.verdicts import reason_words
from gateway.messages.words import CATALOGUE, LANGUAGES, Text, words_of_kinds

__all__ = ["CATALOGUE", "LANGUAGES", "Text", "reason_words", "words_of_kinds"]
