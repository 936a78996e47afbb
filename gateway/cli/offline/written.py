"""A verdict as JSON: times in the form in which they came, numbers without the dust of floats."""

from gateway.cli.offline.times import TimeForm
from gateway.haccp.rules.breaches import AlarmSpan
from gateway.haccp.rules.verdict import TIME, Measure, Verdict
from gateway.messages import reason_words

_DIGITS = 9

Json = dict[str, object]


def verdict(given: Verdict, form: TimeForm) -> Json:
    """Outcome, measures, moment and reasons."""
    return {
        "verdict": given.outcome.value,
        "action": None if given.action is None else given.action.value,
        "measures": {name: _measure(measure, form) for name, measure in given.measures.items()},
        "decided_at": None if given.decided_at is None else form.write(given.decided_at),
        "reasons": [reason_words(reason)["en"] for reason in given.reasons],
    }


def _measure(given: Measure | None, form: TimeForm) -> Json | None:
    """None for a measure that does not exist."""
    if given is None or not given.says_something:
        return None
    value = given.value
    written = form.write(round(value)) if given.unit == TIME and value is not None else _rounded(value)
    answer: Json = {
        "value": written,
        "unit": given.unit,
        "limit": _rounded(given.limit),
        "verdict": None if given.verdict is None else given.verdict.value,
    }
    if given.gap_min is not None:
        answer["gap_min"] = _rounded(given.gap_min)
    if given.low is not None or given.high is not None:
        answer |= {"low": _rounded(given.low), "high": _rounded(given.high)}
    return answer


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def alarm(given: AlarmSpan, form: TimeForm, profile: str) -> Json:
    """When it sounded."""
    return {
        "raised_at": form.write(given.raised_at),
        "cleared_at": None if given.cleared_at is None else form.write(given.cleared_at),
        "level": given.level,
        "profile": profile,
        "limit": given.limit,
    }
