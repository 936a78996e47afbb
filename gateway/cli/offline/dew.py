"""Compute how many K the air of a store is above its dew point: the value that the kind `dew_point` judges."""

from dataclasses import replace
from itertools import pairwise

from gateway.cli.offline.case import Case, max_gap_of
from gateway.cli.offline.traces import read_trace
from gateway.haccp.limits.fields import Fields, InputError, number
from gateway.haccp.models.dew_point import dew_point
from gateway.haccp.models.errors import ModelError
from gateway.haccp.rules.dew_spread import Reading, spreads, unseen
from gateway.haccp.rules.trace import Sample

_ALWAYS = -(2**62)
"""Microseconds; before any reading."""
_FOR_EVER = 2**63


def as_spread(case: Case, fields: Fields) -> Case:
    """Return the case with each temperature as K above the dew point of its `humidity`: a number, or a trace in %RH.

    Of a humidity trace the newest reading counts until a gap has passed; before the first one, and after the last, no
    temperature has a spread.
    """
    course, max_age = _humidity(fields)
    humidities = [reading for reading in course if case.now is None or reading[0] <= case.now]
    temperatures = [(sample.at, sample.value) for sample in case.samples]
    _check(fields, temperatures, humidities)
    kelvin = dict(spreads(temperatures, humidities, max_age))
    samples = tuple(
        Sample(sample.at, kelvin[sample.at], sample.sensor) for sample in case.samples if sample.at in kelvin
    )
    both = [at for at, _ in (*temperatures, *humidities) if at != _ALWAYS]
    return replace(case, samples=samples, unseen=unseen(both, sorted(kelvin), case.max_gap))


def _check(fields: Fields, temperatures: list[Reading], humidities: list[Reading]) -> None:
    """Refuse values outside the range of the formula; none is left out silently."""
    for place, pairs in (
        ("trace", [(value, 50.0) for _, value in temperatures]),
        ("humidity", [(20.0, value) for _, value in humidities]),
    ):
        for temperature, humidity in pairs:
            try:
                dew_point(temperature, humidity)
            except ModelError as error:
                raise InputError(fields.at(place), error.text) from None


def _humidity(fields: Fields) -> tuple[list[Reading], int]:
    """Return the readings of the humidity, and how long one is used, in microseconds."""
    value = fields.required("humidity")
    if not isinstance(value, list | dict):
        return [(_ALWAYS, number(value, fields.at("humidity")))], _FOR_EVER
    trace = read_trace(fields, "humidity")
    steps = [after.at - before.at for before, after in pairwise(trace.rows)]
    return list(trace.curve()), max_gap_of(fields, steps)
