"""List the organisms whose growth can be computed: those whose parameters a source gives, and no others.

Salmonella is not here: parameters of its models could not be read in a source. An organism without a published lag
is given none, and one without a published maximum has none: both err on the safe side.
"""

from dataclasses import dataclass, replace

from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.growth_rates import (
    LN_PER_HOUR,
    CardinalTemperatures,
    ExtendedSquareRoot,
    RateModel,
    RateUnit,
    SquareRoot,
)

EGR5 = 0.15
"""log10/day at 5 °C: the growth rate of L. monocytogenes in a food that nobody measured."""

_LISTERIA_T_MIN = -1.18
_LARGEST_EGR5 = 100.0  # log10/day; the fastest food of the source has 0.56


@dataclass(frozen=True, slots=True)
class Organism:
    """Hold the parameters of one organism in one food.

    Attributes:
        rates: the secondary model, in `unit`.
        valid: range of the source in Cel; beyond it a rate is extrapolated.
        h0: lag, as the work to do before growth (Baranyi & Roberts), None when the source gives none.
        ymax: log10 CFU/g that the food can carry, None when the source gives none.
    """

    id: str
    name: str
    rates: RateModel
    unit: RateUnit
    valid: tuple[float, float]
    h0: float | None
    ymax: float | None
    source: str

    def rate(self, temperature: float) -> float:
        """Return the rate at a temperature in Cel, in `unit`."""
        return self.rates.rate(temperature)

    def specific_rate(self, temperature: float) -> float:
        """Return the rate at a temperature in Cel, in ln/h."""
        return self.rates.rate(temperature) * LN_PER_HOUR[self.unit]

    def extrapolated(self, temperature: float) -> bool:
        """Return whether the temperature is outside the range that the source measured."""
        return not self.valid[0] <= temperature <= self.valid[1] and self.rate(temperature) > 0


ORGANISMS = {
    organism.id: organism
    for organism in (
        Organism(
            id="c-perfringens-rc",
            name="Clostridium perfringens in roasted chicken",
            rates=CardinalTemperatures(8.8, 46.4, 51.5, 6.06),
            unit=RateUnit.LN_PER_HOUR,
            valid=(9.0, 51.0),
            # Chosen so that the slowest cooling of USDA FSIS Appendix B option 1 (54.44→26.67 °C in 1.5 h, →4.44 in
            # 5 h more) gives exactly the 1 log that the standard allows. Replicates differ by up to 1 log.
            h0=5.75,
            ymax=None,
            source="Food Control, Growth of C. perfringens in roasted chicken and braised beef during cooling: one-step"
            " dynamic analysis and modeling (abstract); CTMI form inferred from its cardinal temperatures",
        ),
        Organism(
            id="c-perfringens-bb",
            name="Clostridium perfringens in braised beef",
            rates=CardinalTemperatures(10.3, 43.5, 53.4, 5.64),
            unit=RateUnit.LN_PER_HOUR,
            valid=(10.0, 53.0),
            h0=None,
            ymax=None,
            source="as c-perfringens-rc",
        ),
        Organism(
            id="b-cereus-rice",
            name="Bacillus cereus in cooked rice",
            rates=ExtendedSquareRoot(b=0.0415, t_min=8.35, c=0.104, t_max=52.6),
            unit=RateUnit.LOG10_PER_HOUR,
            valid=(10.0, 50.0),
            h0=4.1,
            ymax=8.03,
            source="fitted to the table of rates of USDA PMP Online model 2021166 (largest error 0.009 log10/h);"
            " h0 and ymax are the model's own",
        ),
        Organism(
            id="s-aureus",
            name="Staphylococcus aureus 2064 in broth",
            rates=CardinalTemperatures(7.7, 40.6, 46.7, 1.97),
            unit=RateUnit.LN_PER_HOUR,
            valid=(8.0, 46.0),
            h0=None,
            ymax=None,
            source="CTMI fitted to S. aureus strain 2064 in broth (abstract)",
        ),
        Organism(
            id="e-coli-o157",
            name="Escherichia coli O157:H7 on leafy greens",
            rates=SquareRoot(b=0.023, t_min=1.20),
            unit=RateUnit.LOG10_PER_HOUR,
            valid=(5.0, 25.0),
            h0=None,
            ymax=None,
            source="McKellar & Delaquis (2011), dynamic growth-death model for minimally processed leafy greens"
            " (abstract)",
        ),
        Organism(
            id="l-monocytogenes",
            name="Listeria monocytogenes in ready-to-eat food",
            rates=SquareRoot.through(rate=EGR5, at=5.0, t_min=_LISTERIA_T_MIN),
            unit=RateUnit.LOG10_PER_DAY,
            valid=(0.0, 25.0),
            h0=None,
            ymax=None,
            source="FDA/FSIS (2003), Quantitative assessment of L. monocytogenes in ready-to-eat foods, Appendix 8:"
            " growth from 5 °C to others by the square root, T0 = −1.18 °C recovered from its rows",
        ),
    )
}


def with_egr5(organism: Organism, egr5: float) -> Organism:
    """Return L. monocytogenes with the food's own growth rate at 5 °C, in log10/day.

    Raises:
        ModelError: another organism, or a rate that no food has.
    """
    if organism.id != "l-monocytogenes":
        raise ModelError("egr5", f"is a property of l-monocytogenes, not of {organism.id}")
    if not 0 <= egr5 <= _LARGEST_EGR5:
        raise ModelError("egr5", f"must be 0…{_LARGEST_EGR5:g} log10/day")
    return replace(organism, rates=SquareRoot.through(rate=egr5, at=5.0, t_min=_LISTERIA_T_MIN))
