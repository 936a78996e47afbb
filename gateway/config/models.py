"""kitchen.yaml as frozen models; docs/configuration.md describes every setting.

Durations are integer microseconds after loading, names are in both languages, file names are absolute or
relative to the working folder. Written in Python, a plain number for a duration means seconds, as in the file.
"""

import json
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from drivers.reading import Quantity
from gateway.config.section import Section
from gateway.config.stock import Stock
from gateway.config.values import (
    DAY,
    MILLISECOND,
    MINUTE,
    SECOND,
    Channel,
    Day,
    File,
    FoodName,
    HostName,
    Id,
    MapName,
    Micros,
    Name,
    Number,
    Port,
    ProfileName,
    Url,
    Variable,
    Whole,
    Words,
    Zone,
    shown,
    wrong,
)
from gateway.profiles.load import DEFAULT as DEFAULT_PROFILE

# A power cut loses at most this much of what devices without a memory said; an SD card bears 4 commits a second.
COMMIT_EVERY = 250 * MILLISECOND
LONGEST_COMMIT = 10 * SECOND
SHORTEST_KEPT = 8
"""Days: rows stay up to seven for a sink that is behind."""
LONGEST_KEPT = 36_525
# An XY-MD02 needs 0.1 s for an answer; air in a chiller moves in minutes.
ASK_EVERY = 10 * SECOND
# Answers come within 0.1 s from most devices; after 1 s none of them sends an answer any more.
ANSWER_TIMEOUT = 300 * MILLISECOND
SLOWEST_ANSWER = SECOND
LONGEST_ANSWER = 10 * SECOND
# Without a delay in the file the first reading beyond a limit alarms: silence must be asked for.
ON_DELAY = 0
# A value that hangs at its limit crosses it many times a minute; a minute inside is a return, not a wobble.
OFF_DELAY = MINUTE
# In kelvin: an air probe beside a running compressor wavers by a few tenths.
DEADBAND = 0.5
# Two lost readings are a bad cable's ordinary day, three are a silence that somebody must look at.
STALE_INTERVALS = 3
# Two readings further apart than this leave a gap that is judged fail-safe instead of being joined by a line.
GAP_INTERVALS = 2
SHORTEST_GAP = 2 * MINUTE
AT_LEAST_EVERY = 60 * MINUTE
LONGEST_SILENCE = 120 * MINUTE
"""Of a device that reports changes: what it does not say for longer nobody knows."""


# Good practice asks for a weekly check in ice and a yearly certificate; neither is a law's number.
CHECK_EVERY = 7 * DAY
CERTIFICATE_EVERY = 365 * DAY


class Person(Section):
    """Somebody who may acknowledge; events carry the id, never the name."""

    id: Id
    name: Words


class Kitchen(Section):
    """Which kitchen this is."""

    id: Id
    name: Words
    zone: Zone = "Asia/Jakarta"
    language: Literal["id", "en"] = "id"
    altitude: Annotated[float, Field(ge=-430, le=5_500)] | None = None
    people: tuple[Person, ...] = ()

    @property
    def timezone(self) -> ZoneInfo:
        """The zone for showing times; inside all times are UTC."""
        return ZoneInfo(self.zone)


class Tls(Section):
    """TLS to the broker; without files the system's certificates are trusted."""

    ca: File | None = None
    cert: File | None = None
    key: File | None = None


def _tls(value: object) -> object:
    match value:
        case True:
            return Tls()
        case False:
            return None
        case str():
            raise wrong(f"{shown(value)} is neither true nor false", "write tls: true, or {ca: secrets/ca.pem}")
    return value


class Mqtt(Section):
    """The kitchen's broker."""

    host: Words = "127.0.0.1"
    port: Port = 1883
    username: Words | None = None
    password_env: Variable | None = None
    password_file: File | None = None
    tls: Annotated[Tls | None, BeforeValidator(_tls)] = None
    discover: bool = True
    home_assistant: Words | None = None


class ClockSettings(Section):
    """Whom to believe about the time."""

    source: Literal["auto", "rtc", "person"] = "rtc"


class JournalSettings(Section):
    """How often the journal commits, and what it keeps for how long."""

    commit_every: Annotated[Micros, Field(gt=0, le=LONGEST_COMMIT)] = COMMIT_EVERY
    keep_readings_days: Annotated[int, Field(ge=SHORTEST_KEPT, le=LONGEST_KEPT)] = 90
    keep_charts_days: Annotated[int, Field(ge=SHORTEST_KEPT, le=LONGEST_KEPT)] = 1_830
    most_megabytes: Annotated[int, Field(ge=10)] | None = None


class Calibration(Section):
    """How often a probe is checked, and its certificate renewed; `check_every` 0: nobody is asked."""

    check_every: Micros = CHECK_EVERY
    certificate_every: Annotated[Micros, Field(gt=0)] = CERTIFICATE_EVERY


class Device(Section):
    """A thing in the kitchen that measures; which settings it takes depends on its driver.

    Serial settings that are None are the driver's own. `every` is None for a device that sends by itself, or is asked
    as often as usual. `settings` are the driver's, checked before.
    """

    id: Id
    driver: Words
    map: MapName | None = None
    port: Words | None = None
    slave: Annotated[Whole, Field(ge=1, le=247)] | None = None
    baud: Annotated[Whole, Field(ge=300, le=921_600)] | None = None
    bytesize: Annotated[Whole, Field(ge=7, le=8)] | None = None
    parity: Literal["none", "even", "odd"] | None = None
    stopbits: Annotated[Whole, Field(ge=1, le=2)] | None = None
    every: Annotated[Micros, Field(gt=0)] | None = None
    timeout: Annotated[Micros, Field(gt=0, le=LONGEST_ANSWER)] = ANSWER_TIMEOUT
    slowest: Annotated[Micros, Field(gt=0, le=LONGEST_ANSWER)] = SLOWEST_ANSWER
    sensor: Words | None = None
    topic: Words | None = None
    settings: dict[str, Any] = Field({})


def max_gap_of(interval: int) -> int:
    """The longest step between two readings that are expected every `interval`, in microseconds, that is no gap."""
    return max(GAP_INTERVALS * interval, SHORTEST_GAP)


class Point(Section):
    """One value of one device, with its place in the kitchen and what may be expected of it."""

    id: Id
    name: Name
    place: Name | None = None
    device: Id
    channel: Channel
    quantity: Quantity
    interval: Annotated[Micros, Field(gt=0)]
    reports: Literal["interval", "on_change"] = "interval"
    at_least_every: Annotated[Micros, Field(gt=0, le=LONGEST_SILENCE)] = AT_LEAST_EVERY
    range: tuple[Number, Number] | None = None
    offset: Number = 0.0
    uncertainty: Annotated[Number, Field(ge=0, le=10)] = 0.0
    max_rate: Annotated[Number, Field(gt=0)] | None = None
    resolution: Annotated[Number, Field(ge=0)] = 0.0
    stuck_after: Annotated[Micros, Field(gt=0)] | None = None
    measures: Literal["food", "air", "water"] | None = None
    room: Id | None = None
    check_every: Micros | None = None
    certified: Day | None = None

    @property
    def stale_after(self) -> int:
        """Microseconds without a usable reading after which the point is stale."""
        return self.longest_silence if self.reports_changes else STALE_INTERVALS * self.interval

    @property
    def max_gap(self) -> int:
        """The longest step between two readings, in microseconds, that is not a gap."""
        return self.longest_silence if self.reports_changes else max_gap_of(self.interval)

    @property
    def reports_changes(self) -> bool:
        """Whether the device is silent as long as its value stands, and is believed while nobody says it is gone."""
        return self.reports == "on_change"

    @property
    def longest_silence(self) -> int:
        """Microseconds for which a device that reports changes is believed to be there; it may be a little late."""
        return self.at_least_every + SHORTEST_GAP

    @property
    def unheard_after(self) -> int:
        """Microseconds without its link, or without a gateway, after which a change may have been missed."""
        return max_gap_of(self.interval)


class ControlKind(StrEnum):
    """What a control point guards."""

    COLD_HOLDING = "cold_holding"
    HOT_HOLDING = "hot_holding"
    FROZEN_HOLDING = "frozen_holding"
    AMBIENT = "ambient"
    HUMIDITY = "humidity"
    DEW_POINT = "dew_point"
    SAMPLE_FRIDGE = "sample_fridge"


LOW_IS_BAD = frozenset({ControlKind.HOT_HOLDING, ControlKind.DEW_POINT})
"""Whose limit is one that the value must not fall below."""


class ControlPoint(Section):
    """A critical control point: hot food stays at or above its limit, everything else at or below.

    Without a critical limit of its own it has all those of the plan's profile for its kind. `humidity`: of a dew point,
    the point that measures the humidity of the air at `point`.
    """

    id: Id
    kind: ControlKind
    point: Id
    humidity: Id | None = None
    food: FoodName | None = None
    critical_limit: Number | None = None
    warning_limit: Number | None = None
    critical_low: Number | None = None
    warning_low: Number | None = None
    on_delay: Micros = ON_DELAY
    warning_on_delay: Micros = ON_DELAY
    off_delay: Micros = OFF_DELAY
    deadband: Annotated[Number, Field(ge=0, le=20)] = DEADBAND
    product_filter: Micros | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the definition as canonical JSON: two definitions that judge alike have one digest."""
        facts = self.model_dump(mode="json")
        return sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class BatchControl(StrEnum):
    """What a batch of food is judged by."""

    COOKING = "cooking"
    REHEATING = "reheating"
    COOLING = "cooling"
    EXPOSURE = "exposure"
    TIME_CONTROL = "time_control"
    EAT_BY = "eat_by"
    THAWING = "thawing"
    RINSE = "rinse"
    SAMPLE_FRIDGE = "sample_fridge"


USUAL_CONTROLS = (BatchControl.COOKING, BatchControl.COOLING, BatchControl.EXPOSURE, BatchControl.EAT_BY)


class Override(Section):
    """A limit that this kitchen sets otherwise than its profile, and why."""

    control: Words
    limit: Words
    value: Number | Words
    reason: Words
    food: FoodName | None = None


class Haccp(Section):
    """The plan: whose limits, approved by whom, and how batches of food are judged."""

    profile: ProfileName = DEFAULT_PROFILE
    approved_by: Id | None = None
    overrides: tuple[Override, ...] = ()
    batch_controls: tuple[BatchControl, ...] = ()

    @property
    def controls_of_a_batch(self) -> tuple[BatchControl, ...]:
        """What a batch is judged by when nobody says otherwise."""
        return self.batch_controls or USUAL_CONTROLS


class Influxdb(Section):
    """Where readings are sent as well: `v1` takes a database, `v2` a bucket, an organisation and mostly a token."""

    api: Literal["v1", "v2"]
    url: Url
    database: Words | None = None
    username: Words | None = None
    password_env: Variable | None = None
    password_file: File | None = None
    bucket: Words | None = None
    org: Words | None = None
    token_env: Variable | None = None
    token_file: File | None = None


class Delivery(Section):
    """What is sent on from the journal."""

    influxdb: Influxdb | None = None


class ApiSettings(Section):
    """Where the page and the REST interface listen."""

    host: Words = "127.0.0.1"
    port: Port = 8080
    allow_hosts: tuple[HostName, ...] = ()


class Config(Section):
    """The whole file."""

    kitchen: Kitchen
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
        """The device of that id; KeyError if there is none."""
        return {device.id: device for device in self.devices}[device_id]

    def point(self, point_id: str) -> Point:
        """The point of that id; KeyError if there is none."""
        return {point.id: point for point in self.points}[point_id]

    def points_by_source(self) -> dict[tuple[str, str], Point]:
        """Which point a device's channel is, by (device, channel)."""
        return {(point.device, point.channel): point for point in self.points}

    def controls_of(self, point_id: str) -> tuple[ControlPoint, ...]:
        """The control points that judge a point, in the file's order."""
        return tuple(control for control in self.control_points if control.point == point_id)

    def person(self, person_id: str) -> Person:
        """The person of that id; KeyError if there is none."""
        return {person.id: person for person in self.kitchen.people}[person_id]
