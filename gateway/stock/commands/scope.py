"""What the commands about stock act on."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.haccp.profiles.model import Profile
from gateway.records.commands import RefusedError
from gateway.stock.stores import Stores


@dataclass(frozen=True, slots=True)
class StockScope:
    """The stores of a kitchen, and what a command about them has to ask elsewhere.

    Attributes:
        profile: by its limits the core of a delivery is judged.
        temperature_of: °C that a point shows now; None when it shows none.
        knows_batch: whether there is a batch of food of this id.
    """

    stores: Stores
    profile: Profile
    temperature_of: Callable[[str], float | None]
    knows_batch: Callable[[str], bool]

    def batch(self, name: str) -> str:
        """The id of a batch of food that there is.

        Raises:
            RefusedError: there is none of this id.
        """
        if not self.knows_batch(name):
            raise RefusedError("unknown_batch", f"no batch is called {name!r}: open it first")
        return name
