"""What every answer has: the kitchen's time and the gateway's state, or an error.

Times are ISO 8601 in UTC, durations seconds (`…_s`), weights of the stock decimal text in kg, units SenML names. The
shapes in an answer are defined where the gateway makes them.
"""

from typing import Annotated

from msgspec import Meta

from gateway.records.shape import Moment, Shape


class ErrorAnswer(Shape, frozen=True):
    """Every error."""

    error: Annotated[str, Meta(description="one stable word for programs")]
    message: Annotated[str, Meta(description="a sentence for people")]


class GatewayState(Shape, frozen=True):
    """Whether the gateway answers."""

    connected: bool
    since: Annotated[Moment | None, Meta(description="null before it was first heard")]


class Answer(Shape, frozen=True):
    """What every live answer starts with: the kitchen's time, and whether the gateway is there."""

    now: Moment
    gateway: GatewayState
