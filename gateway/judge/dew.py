"""How many K a surface or the air of a store is above its dew point: the value that the kind `dew_point` judges."""

from bisect import bisect_right
from dataclasses import replace

from gateway.judge.case import Case
from gateway.models.dew_point import dew_point
from gateway.models.errors import ModelError
from gateway.offline.fields import Fields, InputError, number
from gateway.offline.traces import read_trace
from gateway.rules.trace import Sample

_ALWAYS = -(2**63)
"""Microseconds; before any reading."""


def as_spread(case: Case, fields: Fields) -> Case:
    """The trace of temperatures as K above the dew point of its `humidity`: a number, or a trace in %RH.

    Of a humidity trace the newest reading counts; a temperature before the first one has no spread.
    """
    course = _humidity(fields)
    spreads: list[Sample] = []
    for sample in case.samples:
        newest = bisect_right(course, sample.at, key=lambda one: one[0]) - 1
        if newest >= 0:
            spread = sample.value - _dew(sample.value, course[newest][1], fields)
            spreads.append(Sample(sample.at, spread, sample.sensor))
    return replace(case, samples=tuple(spreads))


def _dew(value: float, humidity: float, fields: Fields) -> float:
    try:
        return dew_point(value, humidity)
    except ModelError as error:
        raise InputError(fields.at("humidity" if error.parameter == "humidity" else "trace"), error.text) from None


def _humidity(fields: Fields) -> list[tuple[int, float]]:
    value = fields.required("humidity")
    if isinstance(value, list | dict):
        return list(read_trace(fields, "humidity").curve())
    return [(_ALWAYS, number(value, fields.at("humidity")))]
