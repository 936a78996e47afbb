"""How many K a surface or the air of a store is above its dew point: the value that the kind `dew_point` judges."""

from dataclasses import replace

from gateway.judge.case import Case
from gateway.models.dew_point import dew_point
from gateway.models.errors import ModelError
from gateway.offline.fields import Fields, InputError, number
from gateway.offline.traces import read_trace
from gateway.rules.trace import Sample


def as_spread(case: Case, fields: Fields) -> Case:
    """The trace of temperatures as K above the dew point of its `humidity`: a number, or a trace in %RH.

    Of a humidity trace the newest reading counts; a temperature before the first one has no spread.
    """
    course = _humidity(fields)
    spreads: list[Sample] = []
    for sample in case.samples:
        newest = [humidity for at, humidity in course if at is None or at <= sample.at]
        if newest:
            spreads.append(Sample(sample.at, sample.value - _dew(sample.value, newest[-1], fields), sample.sensor))
    return replace(case, samples=tuple(spreads))


def _dew(value: float, humidity: float, fields: Fields) -> float:
    try:
        return dew_point(value, humidity)
    except ModelError as error:
        raise InputError(fields.at("humidity" if error.parameter == "humidity" else "trace"), error.text) from None


def _humidity(fields: Fields) -> list[tuple[int | None, float]]:
    value = fields.required("humidity")
    if isinstance(value, list | dict):
        return list(read_trace(fields, "humidity").curve())
    return [(None, number(value, fields.at("humidity")))]
