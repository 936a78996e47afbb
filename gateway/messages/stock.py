"""What a stock movement says, and an alarm about stock."""

from decimal import Decimal

from gateway.messages.words import Text, date, number, plain, say


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


def stock_message(
    level: str, *, item_name: Text, value: float | None, limit: float | None, reason: str | None, lot: str | None
) -> Text:
    """The words of a stock alarm.

    Args:
        level: "low_stock", "expiring", "expired" or "drift".
        item_name: in both languages.
        value: kg: available, of the lot, or drifted.
        limit: kg: the reorder point.
        reason: days of cover, the last good day (ISO), or the scale.
        lot: of "expiring" and "expired".
    """
    words = {"item": item_name, "value": number(value or 0.0)}
    match level:
        case "low_stock":
            words["limit"] = number(limit or 0.0)
            words["cover"] = say("alarm.stock.cover", days=number(float(reason))) if reason else plain("")
        case "expiring" | "expired":
            words["lot"] = plain(lot or "")
            words["date"] = date(reason) if reason else plain("?")
        case _:
            words["scale"] = plain(reason or "")
    return say(f"alarm.stock.{level}", **words)
