"""Write a verdict as JSON: times in the form in which they came, numbers rounded to nine decimals."""

from gateway.cli.offline.times import TimeForm
from gateway.haccp.rules.breaches import AlarmSpan
from gateway.haccp.rules.verdict import TIME, Measure, Verdict
from gateway.messages import reason_words

_DIGITS = 9

Json = dict[str, object]


def verdict(judged: Verdict, form: TimeForm) -> Json:
    """Return outcome, measures, moment and reasons."""
    return {
        "verdict": judged.outcome.value,
        "action": None if judged.action is None else judged.action.value,
        "measures": {name: _measure(measure, form) for name, measure in judged.measures.items()},
        "decided_at": None if judged.decided_at is None else form.write(judged.decided_at),
        "reasons": [reason_words(reason)["en"] for reason in judged.reasons],
    }


def _measure(measure: Measure | None, form: TimeForm) -> Json | None:
    """Return a measure; None if it does not exist."""
    if measure is None or not measure.says_something:
        return None
    value = measure.value
    written = form.write(round(value)) if measure.unit == TIME and value is not None else _rounded(value)
    answer: Json = {
        "value": written,
        "unit": measure.unit,
        "limit": _rounded(measure.limit),
        "verdict": None if measure.verdict is None else measure.verdict.value,
    }
    if measure.gap_min is not None:
        answer["gap_min"] = _rounded(measure.gap_min)
    if measure.low is not None or measure.high is not None:
        answer |= {"low": _rounded(measure.low), "high": _rounded(measure.high)}
    return answer


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def alarm(span: AlarmSpan, form: TimeForm, profile: str) -> Json:
    """Return when an alarm sounded, at which limit."""
    return {
        "raised_at": form.write(span.raised_at),
        "cleared_at": None if span.cleared_at is None else form.write(span.cleared_at),
        "level": span.level,
        "profile": profile,
        "limit": span.limit,
    }
