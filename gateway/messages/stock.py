"""What a stock movement says."""

from decimal import Decimal

from gateway.messages.words import Text, number, plain, say


def movement_message(
    kind: str,
    *,
    item_name: Text,
    quantity: Decimal,
    before: Decimal | None = None,
    after: Decimal | None = None,
    unit: str = "kg",
) -> Text:
    """The words of a movement: "receipt" and "issue" with the weights before and after, or "opening"."""
    words = {"item": item_name, "quantity": number(abs(quantity)), "unit": plain(unit)}
    if before is not None and after is not None:
        words |= {"before": number(before), "after": number(after)}
    return say(f"movement.{kind}", **words)
