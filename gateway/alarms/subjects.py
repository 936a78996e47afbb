"""Say what an alarm is about: one small value for each kind of subject (pure).

At most one alarm stands for a subject and level at a time; `key` names the subject among all others, and is part of
the alarm's id.
"""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.alarms.kinds import AlarmKind

TYPED = "typed."
"""Before a control point's id where an alarm of typed temperatures is kept in the place of a batch's."""


class ControlSubject(msgspec.Struct, frozen=True):
    """A control point whose limit is not met at its point. `control`: the id of the part that holds the limit."""

    kind: ClassVar[AlarmKind] = AlarmKind.LIMIT
    control: str
    point: str

    @property
    def key(self) -> str:
        return self.control


class PointSubject(msgspec.Struct, frozen=True):
    """A point that gives no usable reading."""

    kind: ClassVar[AlarmKind] = AlarmKind.STALE
    point: str

    @property
    def key(self) -> str:
        return self.point


class ProbeSubject(msgspec.Struct, frozen=True):
    """A probe whose calibration check makes batches of the past fail."""

    kind: ClassVar[AlarmKind] = AlarmKind.SYSTEM
    point: str

    @property
    def key(self) -> str:
        return self.point


class BatchSubject(msgspec.Struct, frozen=True):
    """A batch of food that fails a control, or will.

    Attributes:
        batch: its id.
        control: the kind of control.
        point: the sensor that the batch was at.
        also: further kinds of control that it fails; they are part of the same alarm.
    """

    kind: ClassVar[AlarmKind] = AlarmKind.BATCH
    batch: str
    control: str
    point: str | None = None
    also: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.batch}.{self.control}"

    @property
    def controls(self) -> tuple[str, ...]:
        """All kinds of control that it fails."""
        return (self.control, *self.also)

    def joined(self, controls: Iterable[str]) -> "BatchSubject":
        """Return the subject with further kinds of control."""
        also = (*self.also, *(control for control in controls if control not in self.controls))
        return msgspec.structs.replace(self, also=also)


class TypedSubject(msgspec.Struct, frozen=True):
    """A control point whose limit is not met by a temperature that a person typed. `kind_of_control`: its kind."""

    kind: ClassVar[AlarmKind] = AlarmKind.BATCH
    control: str
    kind_of_control: str
    point: str | None = None

    @property
    def key(self) -> str:
        return f"{self.name}.{self.kind_of_control}"

    @property
    def name(self) -> str:
        """What is kept in the place of a batch's id."""
        return f"{TYPED}{self.control}"


class ItemSubject(msgspec.Struct, frozen=True):
    """An item of the stock."""

    kind: ClassVar[AlarmKind] = AlarmKind.STOCK
    item: str

    @property
    def key(self) -> str:
        return self.item


class LotSubject(msgspec.Struct, frozen=True):
    """A lot of an item."""

    kind: ClassVar[AlarmKind] = AlarmKind.STOCK
    item: str
    lot: str

    @property
    def key(self) -> str:
        return self.lot


class SystemSubject(msgspec.Struct, frozen=True):
    """The gateway itself; the alarm's level says which part of it."""

    kind: ClassVar[AlarmKind] = AlarmKind.SYSTEM

    @property
    def key(self) -> str:
        return "system"


SYSTEM = SystemSubject()

Subject = (
    ControlSubject
    | PointSubject
    | ProbeSubject
    | BatchSubject
    | TypedSubject
    | ItemSubject
    | LotSubject
    | SystemSubject
)
