"""Event → words, in Indonesian and English. Pure: the same event always says the same."""

from gateway.alarms.kinds import SystemKind
from gateway.messages.alarms import batch_message, limit_message, silence_message, system_message
from gateway.messages.stock import movement_message
from gateway.messages.verdicts import reason_words
from gateway.messages.words import CATALOGUE, LANGUAGES, Text, words_of_kinds

__all__ = [
    "CATALOGUE",
    "LANGUAGES",
    "SystemKind",
    "Text",
    "batch_message",
    "limit_message",
    "movement_message",
    "reason_words",
    "silence_message",
    "system_message",
    "words_of_kinds",
]
