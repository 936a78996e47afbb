"""What a scale says, written as what a person sees happen at it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import cycle, repeat
from typing import Any

from gateway.stock.weighing.plateau import WeightReading

SECOND = 1_000_000
START = 1_760_000_000 * SECOND
DIVISION = Decimal("0.01")


def on_scale(kg: Decimal) -> Decimal:
    return kg.quantize(DIVISION)


class Trace:
    """Weighings written as what a person sees happen at the scale."""

    def __init__(self, *, every: float = 0.1, flag: bool = True) -> None:
        self.step = int(every * SECOND)
        self.flag = flag
        self.now = START
        self.weight = Decimal(0)
        self.tare: Decimal | None = None
        self.said: list[WeightReading] = []

    def play(self, parts: Iterable[list[Any]]) -> list[WeightReading]:
        for verb, *args in parts:
            getattr(self, verb)(*args)
        return self.said

    def say(self, seconds: float, weights: Iterator[Decimal | None], *, stable: bool, ok: bool = True) -> None:
        for _ in range(int(seconds * SECOND) // self.step):
            self.now += self.step
            said = WeightReading(self.now, next(weights), stable if self.flag else None, ok, self.tare)
            self.said.append(said)

    def still(self, seconds: float, kg: str) -> None:
        self.weight = Decimal(kg)
        self.say(seconds, repeat(self.weight), stable=True)

    def flicker(self, seconds: float, kg: str, other: str) -> None:
        self.weight = Decimal(kg)
        self.say(seconds, cycle([self.weight, Decimal(other), self.weight]), stable=True)

    def drift(self, seconds: float, start: str, end: str) -> None:
        self.say(seconds, self._ramp(seconds, Decimal(start), Decimal(end)), stable=True)

    def move(self, seconds: float, to: str) -> None:
        self.say(seconds, self._ramp(seconds, self.weight, Decimal(to)), stable=False)

    def shake(self, seconds: float, kg: str) -> None:
        self.weight = Decimal(kg)
        self.say(seconds, repeat(self.weight), stable=False)

    def error(self, seconds: float, kg: str | None) -> None:
        weight = None if kg is None else Decimal(kg)
        self.say(seconds, repeat(weight), stable=True, ok=False)

    def press_tare(self, kg: str) -> None:
        self.tare = Decimal(kg)

    def silence(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def _ramp(self, seconds: float, start: Decimal, end: Decimal) -> Iterator[Decimal]:
        self.weight = end
        count = int(seconds * SECOND) // self.step
        return (on_scale(start + (end - start) * n / count) for n in range(1, count + 1))
