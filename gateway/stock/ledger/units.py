"""Convert quantities that people enter to kilograms, exactly: the ledger uses no other unit.

Litres need the item's density, pieces the weight of one. A comma is refused: 1,250 is more than a thousand to one
person and a bit more than one to another.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
Unit = Literal["kg", "g", "L", "mL", "pcs"]
THOUSAND = Decimal(1000)
GRAM = Decimal("0.001")
GRAMS = Decimal(1000)
"""In a kilogram."""
LARGEST = Decimal(100_000)
"""Kilograms; more than a kitchen can hold is a typing error."""
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")


class QuantityError(ValueError):
    """A text is no quantity of this item; the message says what would be."""


@dataclass(frozen=True, slots=True)
class UnitOfMeasure:
    """The factors of an item: `density` in kg/L, `piece` in kg; None when it cannot be measured in that way."""

    density: Decimal | None = None
    piece: Decimal | None = None

    def factor(self, unit: str) -> Decimal:
        """Return the kilograms in one unit.

        Raises:
            QuantityError: there is no such unit, or the item is not measured in it.
        """
        match unit:
            case "kg":
                return Decimal(1)
            case "g":
                return GRAM
            case "L" | "mL" if self.density is not None:
                return self.density if unit == "L" else self.density / THOUSAND
            case "pcs" if self.piece is not None:
                return self.piece
            case "L" | "mL":
                raise QuantityError("this item has no density: write kg, or give it one (kg/L) under stock.items")
            case "pcs":
                raise QuantityError("this item has no weight of a piece: write kg, or give it one under stock.items")
        raise QuantityError(f"{unit!r} is no unit: write kg, g, L, mL or pcs")

    def kilograms(self, quantity: Decimal, unit: str) -> Decimal:
        """Convert to kilograms, to the gram. Raises QuantityError as `factor`."""
        return (quantity * self.factor(unit)).quantize(GRAM)

    def shown(self, kilograms: Decimal, unit: str) -> Decimal:
        """Convert kilograms to a unit, to three decimals, pieces to one. Raises QuantityError as `factor`."""
        digits = Decimal("0.1") if unit == "pcs" else GRAM
        return (kilograms / self.factor(unit)).quantize(digits) if unit != "kg" else kilograms


def number(text: object) -> Decimal:
    """Parse a quantity that is not negative.

    Raises:
        QuantityError: it is no number, or has two meanings.
    """
    digits = str(text).strip() if isinstance(text, str | int | float) and not isinstance(text, bool) else ""
    if "," in digits:
        point = digits.replace(",", ".")
        raise QuantityError(f"{digits!r}: a comma is not guessed at; write {point} if it is the decimal comma")
    if not _NUMBER.fullmatch(digits):
        raise QuantityError(f"{text!r} is no quantity: write digits with a decimal point, such as 12.5")
    if (quantity := Decimal(digits)) > LARGEST * THOUSAND:
        raise QuantityError(f"{digits} is more than any kitchen holds: check the digits")
    return quantity


def positive(text: object) -> Decimal:
    """Parse a quantity above zero. Raises QuantityError."""
    if (quantity := number(text)) > ZERO:
        return quantity
    raise QuantityError("0 is no quantity to book; a count of nothing is confirmed with zero: true")
