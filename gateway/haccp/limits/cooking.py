"""Cooking: a temperature to hold, the rows of a legal table, or thermal lethality."""

from collections.abc import Iterable, Mapping

from gateway.haccp.limits.control import duration, food_of, held, of_seconds, positive
from gateway.haccp.limits.fields import Fields, InputError
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, Frame, RuleRequest
from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.lethality import FLOOR, LISTERIA_6D, Lethality, Method
from gateway.haccp.profiles.choose import for_food
from gateway.haccp.profiles.load import tables
from gateway.haccp.profiles.model import Cited, Food, Profile, StepTable
from gateway.haccp.rules.cooking import Cooking
from gateway.haccp.rules.stay import HeatTreatment

LISTERIA_MINUTES = 2.0
"""Of F70: six decimal reductions of L. monocytogenes."""


class CookingLimit(Cited, frozen=True, kw_only=True):
    """Require a temperature to be held, or one row of a legal table."""

    temperature: float | None = None
    hold_s: float = 0.0
    table: str | None = None

    def __post_init__(self) -> None:
        if (self.temperature is None) is (self.table is None):
            raise ValueError("a cooking limit is a temperature or a table")

    @property
    def in_words(self) -> str:
        return f"≥{self.temperature:g}{held(self.hold_s)}" if self.table is None else f"table {self.table}"


def limit_for(limits: Iterable[CookingLimit], food: Food | None) -> tuple[CookingLimit, list[str]]:
    """Return the limit for a food, and reasons that explain the choice.

    Without a food, or with one that the profile does not know, it is the strictest limit.
    """
    candidates = list(limits)
    if fitting := for_food(candidates, food):
        return fitting[0], []
    unknown = "no food named" if food is None else f"no limit for {food}"
    return max(candidates, key=_hottest), [f"{unknown}: the strictest limit is asked"]


def _hottest(limit: CookingLimit) -> tuple[float, float]:
    if limit.temperature is not None:
        return limit.temperature, limit.hold_s
    return max(tables().tables[str(limit.table)].in_celsius())


def _build(asked: RuleRequest[CookingLimit]) -> Built | None:
    """Build the rule from the control's own criterion, else from the profile's for the food."""
    control, frame = asked.control, asked.frame
    beside, target = _lethality(control)
    if control.get("table") is not None:
        if control.get("temperature") is not None:
            raise InputError(control.at("table"), "stands beside temperature: only one of them can decide")
        name = control.word("table", tables().tables)
        return _by_table(name, beside, target, frame)
    if control.get("temperature") is not None:
        need = HeatTreatment(control.temperature("temperature"), of_seconds(duration(control, "hold_s", 0.0)))
        return _by_need(need, beside, target, frame)
    if beside is not None and target is not None:
        shown = {"lethality": _shown_model(beside, target)}
        return Built(Cooking((), beside, target, frame.max_gap), shown)
    return _by_profile(asked, beside)


def _by_profile(asked: RuleRequest[CookingLimit], beside: Lethality | None) -> Built | None:
    limits, food = asked.limits(), food_of(asked.control)
    if not limits:
        return None
    limit, reasons = limit_for(limits, food)
    if limit.table is not None:
        built = _by_table(limit.table, beside, None, asked.frame)
    else:
        seconds = duration(asked.control, "hold_s", limit.hold_s)
        built = _by_need(HeatTreatment(float(limit.temperature or 0.0), of_seconds(seconds)), beside, None, asked.frame)
    built.reasons += reasons
    return built


def _by_need(need: HeatTreatment, beside: Lethality | None, target: float | None, frame: Frame) -> Built:
    model = beside or LISTERIA_6D
    wanted = target or _usual_target(model)
    shown = {"temperature": need.temperature, "hold_s": need.hold / of_seconds(1)}
    return Built(Cooking((need,), model, wanted, frame.max_gap), shown)


def _by_table(name: str, beside: Lethality | None, target: float | None, frame: Frame) -> Built:
    table = tables().tables[name]
    model, wanted = _table_model(table) if beside is None else (beside, target or _usual_target(beside))
    needs = tuple(HeatTreatment(temperature, of_seconds(seconds)) for temperature, seconds in table.in_celsius())
    return Built(Cooking(needs, model, wanted, frame.max_gap, table=True), {"table": name})


def _table_model(table: StepTable) -> tuple[Lethality, float]:
    if table.model is None:
        return LISTERIA_6D, LISTERIA_MINUTES
    model = table.model
    return Lethality(model.t_ref, model.z, model.d_ref, floor=None), model.target_log * model.d_ref


def _usual_target(model: Lethality) -> float:
    """Return the target of a model that only reports: 6 decimal reductions if it has a D value, else F 2 min."""
    return LISTERIA_MINUTES if model.d_ref in {None, LISTERIA_6D.d_ref} else 6 * float(model.d_ref or 0.0)


def _lethality(control: Fields) -> tuple[Lethality | None, float | None]:
    """Return the control's model and its target in minutes of F; None for what it does not give."""
    if control.get("lethality") is None:
        return None, None
    fields = Fields(control.get("lethality"), folder=control.folder, place=control.at("lethality"))
    own = any(fields.has(key) for key in ("t_ref", "z", "d_ref"))
    t_ref = fields.temperature("t_ref") if own else LISTERIA_6D.t_ref
    z = fields.number("z") if own else LISTERIA_6D.z
    d_ref = fields.number_or_null("d_ref") if own else LISTERIA_6D.d_ref
    floor = fields.number_or_null("floor", FLOOR)
    method = fields.choice("method", Method, Method.EXACT)
    try:
        model = Lethality(t_ref, z, d_ref, floor, method)
    except ModelError as error:
        raise InputError(fields.at(error.parameter), error.text) from None
    return model, _target(fields, model)


def _target(fields: Fields, model: Lethality) -> float | None:
    wanted = [positive(fields, "target_min")] if fields.get("target_min") is not None else []
    if fields.get("target_log") is not None:
        if model.d_ref is None:
            raise InputError(fields.at("target_log"), "needs d_ref")
        wanted.append(positive(fields, "target_log") * model.d_ref)
    return max(wanted, default=None)


def _shown_model(model: Lethality, target: float) -> dict[str, object]:
    return {
        "t_ref": model.t_ref,
        "z": model.z,
        "d_ref": model.d_ref,
        "floor": model.floor,
        "method": model.method.value,
        "target_min": target,
    }


class _CookingKind(ControlKind[CookingLimit]):
    def overridden(self, overrides: Mapping[str, object], profile: Profile, food: Food | None, /) -> dict[str, object]:
        """Hold a temperature that a plan sets for as long as the profile holds that of the food."""
        control = dict(overrides)
        if "temperature" in control:
            limits = self.limits_in(profile)
            control.setdefault("hold_s", limit_for(limits, food)[0].hold_s if limits else 0.0)
        return control


COOKING = _CookingKind(
    name="cooking",
    limit=CookingLimit,
    build=_build,
    settable=("temperature", "hold_s", "table"),
    judge_only=("lethality",),
    measures=("peak", "held_s", "accepted_at", "f_min", "log_reduction", "required_min", "model_required_min"),
    batch=BatchFacts(usual=True, by_food=True),
)
