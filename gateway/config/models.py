"""Define kitchen.yaml as frozen models; docs/configuration.md describes every setting.

Durations are integer microseconds after loading, names are in both languages, file names are absolute or
relative to the working folder. Written in Python, a plain number for a duration means seconds, as in the file.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from gateway.config.devices import Calibration, Device, Point
from gateway.config.haccp import ControlPoint, Haccp
from gateway.config.section import Section
from gateway.config.services import ApiSettings, ClockSettings, Delivery, JournalSettings, Mqtt
from gateway.config.stock import Stock
from gateway.config.values import Id, Words, Zone


class Person(Section):
    """Name a person who may acknowledge; events carry the id, never the name."""

    id: Id
    name: Words


class KitchenSettings(Section):
    """Describe the kitchen: its id and name, zone and language, altitude and people."""

    id: Id
    name: Words
    zone: Zone = "Asia/Jakarta"
    language: Literal["id", "en"] = "id"
    altitude: Annotated[float, Field(ge=-430, le=5_500)] | None = None
    people: tuple[Person, ...] = ()

    @property
    def timezone(self) -> ZoneInfo:
        """Return the zone for showing times; inside all times are UTC."""
        return ZoneInfo(self.zone)


class Config(Section):
    """Hold the whole file."""

    kitchen: KitchenSettings
    mqtt: Mqtt | None = None
    clock: ClockSettings = ClockSettings()
    journal: JournalSettings = JournalSettings()
    devices: Annotated[tuple[Device, ...], Field(min_length=1)]
    points: Annotated[tuple[Point, ...], Field(min_length=1)]
    haccp: Haccp = Haccp()
    control_points: tuple[ControlPoint, ...] = ()
    calibration: Calibration = Calibration()
    stock: Stock = Stock()
    delivery: Delivery = Delivery()
    api: ApiSettings = ApiSettings()

    def device(self, device_id: str) -> Device:
        """Return the device of that id; KeyError if there is none."""
        return {device.id: device for device in self.devices}[device_id]

    def point(self, point_id: str) -> Point:
        """Return the point of that id; KeyError if there is none."""
        return {point.id: point for point in self.points}[point_id]

    def points_by_source(self) -> dict[tuple[str, str], Point]:
        """Return the points by (device, channel)."""
        return {(point.device, point.channel): point for point in self.points}

    def controls_of(self, point_id: str) -> tuple[ControlPoint, ...]:
        """Return the control points that guard a point, in the file's order."""
        return tuple(control for control in self.control_points if control.point == point_id)

    def person(self, person_id: str) -> Person:
        """Return the person of that id; KeyError if there is none."""
        return {person.id: person for person in self.kitchen.people}[person_id]
