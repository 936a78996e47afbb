"""Reserve stock for batches of food, by recipe and portions."""

from decimal import Decimal

from gateway.stock.ledger.books import Books
from gateway.stock.ledger.movements import Place
from gateway.stock.ledger.units import GRAMS, ZERO
from gateway.stock.rows import StockPlan


class Reservations:
    """Hold the plans of all batches, and compute what open ones still need.

    Attributes:
        plans: by batch.
        delivered: portions of each batch that have left for schools.
    """

    def __init__(self, books: Books) -> None:
        self.plans: dict[str, StockPlan] = {}
        self.delivered: dict[str, int] = {}
        self._books = books

    def needs(self, plan: StockPlan) -> dict[str, Decimal]:
        """Return what a batch still needs by its recipe, kg by item."""
        place = Place.BATCH.of(plan.batch)
        needed: dict[str, Decimal] = {}
        for item, grams in plan.grams.items():
            accounts = (account for account in self._books.accounts(item) if account.place == place)
            issued = sum((self._books.amount(account) for account in accounts), ZERO)
            needed[item] = max(ZERO, grams * plan.portions / GRAMS - issued)
        return needed

    def reserved(self, item: str) -> Decimal:
        """Return what open batches still need of an item, kg."""
        plans = (plan for plan in self.plans.values() if plan.open and item in plan.grams)
        return sum((self.needs(plan)[item] for plan in plans), ZERO)
