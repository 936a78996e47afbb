"""What the API's JSON looks like, for /api/openapi.json. Answers are made as bytes; a test holds them to these.

Times are ISO 8601 in UTC, durations seconds (`…_s`), weights of the stock decimal text, units SenML names.
"""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PointState = Literal["normal", "warning", "critical", "stale", "fault", "unknown"]


class Shape(BaseModel):
    """A record that says all it has."""

    model_config = ConfigDict(extra="forbid")


class Text(Shape):
    """The same words in both languages."""

    id: str
    en: str


class GatewayState(Shape):
    """Whether the gateway answers, and since when; null before it was first heard."""

    connected: bool
    since: AwareDatetime | None


class Answer(Shape):
    """What every live answer starts with: the kitchen's time and whether the gateway is there."""

    now: AwareDatetime
    gateway: GatewayState


class Person(Shape):
    """Somebody who can acknowledge."""

    id: str
    name: str


class Kitchen(Shape):
    """The kitchen."""

    id: str
    name: str
    zone: str
    language: str
    people: list[Person]
    altitude: float | None = Field(default=None, description="m above the sea")
    boiling_point: float | None = Field(default=None, description="of water there, °C; null without an altitude")


class Clock(Shape):
    """How much faster than the world's the kitchen's clock runs: 1 but for demonstrations."""

    speed: float


class Broker(Shape):
    """Which MQTT broker; `demonstration` is one that may lose messages."""

    kind: Literal["mosquitto", "demonstration"] | None


class Control(Shape):
    """One side of a control point with its limits, in the unit of its point; of a `dew_point` in K above it."""

    id: str
    control: str
    kind: str
    side: Literal["above", "below"] = Field(description="which side of a limit is the dangerous one")
    point: str
    humidity: str | None = Field(None, description="of a dew point, the point that measures the humidity")
    critical_limit: float | None
    warning_limit: float | None
    on_delay_s: float | None
    warning_on_delay_s: float | None
    off_delay_s: float
    deadband: float
    filter_s: float | None = Field(description="time constant of the product that the air cools; null: judged as read")


class KitchenAnswer(Answer):
    """GET /api/kitchen."""

    kitchen: Kitchen
    clock: Clock
    demonstration: bool
    broker: Broker | None
    controls: list[Control]


class Reading(Shape):
    """The latest reading of a point; value is null when quality is bad."""

    value: float | None
    quality: Literal["good", "uncertain", "bad"]
    reason: str | None = None
    measured_at: AwareDatetime
    stable: bool | None = None
    net: bool | None = None


class Point(Shape):
    """A point with its latest reading. `unknown` while the gateway is away."""

    id: str
    name: Text
    place: Text | None = None
    device: str
    quantity: str
    unit: str
    interval_s: float
    reports: Literal["interval", "on_change"]
    max_gap_s: float
    stale_after_s: float
    offset: float = 0.0
    controls: list[str]
    state: PointState
    since: AwareDatetime | None
    reading: Reading | None


class ReadingsAnswer(Answer):
    """GET /api/readings."""

    points: list[Point]


class Part(Shape):
    """Where the answer for a span comes from; `error` says why there is none. Null: the end was left open."""

    source: Literal["journal", "influxdb"]
    begin: AwareDatetime | None = Field(alias="from")
    end: AwareDatetime | None = Field(alias="to")
    error: str | None


class StoredReading(Shape):
    """A reading, its calibration applied; what only the journal keeps is null for one of InfluxDB."""

    measured_at: AwareDatetime
    value: float | None
    quality: Literal["good", "uncertain", "bad"]
    reason: str | None
    stable: bool | None
    net: bool | None
    tare: float | None
    recorded_at: AwareDatetime | None


class SeriesAnswer(Shape):
    """GET /api/points/{id}/readings; `next` is the `after` of the next page, null at the end."""

    point: str
    readings: list[StoredReading]
    next: str | None
    parts: list[Part]


class ChartAnswer(Shape):
    """GET /api/points/{id}/chart; each span is [middle, lowest, highest, mean].

    `older`: the span begins before the journal does, and InfluxDB may have more.
    """

    point: str
    spans: list[tuple[AwareDatetime, float, float, float]]
    older: bool
    parts: list[Part]


class Alarm(Shape):
    """One alarm. `message` is null in history while no gateway has told the names of its points."""

    id: str
    control: str | None
    point: str | None
    batch: str | None = None
    also: str | None = None
    item: str | None = None
    lot: str | None = None
    kind: str
    level: str
    priority: Literal["high", "medium", "low"]
    state: str
    raised_at: AwareDatetime
    known_at: AwareDatetime
    returned_at: AwareDatetime | None
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    note: str | None
    value: float | None
    limit: float | None
    worst: float | None
    late: bool
    message: Text | None = None


class EndedAlarm(Shape):
    """An alarm that has ended since it was acknowledged with this key."""

    id: str
    state: Literal["NORMAL"]


class AlarmsAnswer(Shape):
    """GET /api/alarms; with state=all, `now` and `gateway` are absent: history needs no gateway."""

    now: AwareDatetime | None = None
    gateway: GatewayState | None = None
    alarms: list[Alarm]


class Trouble(Shape):
    """One kind of what went wrong with a device: how often since the gateway's start, and the latest in a sentence."""

    kind: str
    words: Text
    count: int
    text: str | None = Field(description="what, where, remedy: as in the log, in English")
    at: AwareDatetime | None


class Device(Shape):
    """A device of kitchen.yaml. `questions` counts what became of those to a device that must be asked."""

    id: str
    driver: str
    map: str | None = None
    port: str | None = None
    slave: int | None = None
    sensor: str | None = Field(default=None, description="what it calls itself on the broker")
    points: list[str]
    commands: list[Literal["zero", "tare"]] = Field(description="what POST /api/commands/{name} has the scale do")
    questions: dict[str, int] | None
    troubles: list[Trouble]


class OtherTroubles(Shape):
    """Troubles of what is no device of kitchen.yaml: a link, a delivery, a topic."""

    name: str
    troubles: list[Trouble]


class DevicesAnswer(Answer):
    """GET /api/devices."""

    devices: list[Device]
    others: list[OtherTroubles]


class DiscoveredPoint(Shape):
    """The latest value of one of its channels."""

    channel: str
    quantity: str
    unit: str
    value: float | None
    quality: Literal["good", "uncertain", "bad"]
    reason: str | None


class DiscoveredDevice(Shape):
    """A device that is heard on the broker and stands in no kitchen.yaml; `paste` are the lines that change that."""

    format: str
    sensor: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    points: list[DiscoveredPoint]
    paste: str


class DiscoveredAnswer(Answer):
    """GET /api/discovered, in the order in which they were first heard."""

    discovered: list[DiscoveredDevice]


class HealthAnswer(Shape):
    """GET /api/health, always 200: `status` says how it is."""

    status: Literal["ok", "attention", "gateway_away"]
    now: AwareDatetime | None
    gateway: GatewayState
    journal_readable: bool
    streams: int
    links: list[dict[str, Any]]
    health: dict[str, Any] | None = Field(description="the gateway's own: recording, counters, InfluxDB; as last heard")
