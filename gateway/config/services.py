"""The sections of the gateway's own services: broker, clock, journal, InfluxDB and page."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.config.section import Section
from gateway.config.values import (
    MILLISECOND,
    SECOND,
    File,
    HostName,
    Micros,
    Port,
    Url,
    Variable,
    Words,
    shown,
    wrong,
)

# A power cut loses at most this much of what devices without a memory said; an SD card bears 4 commits a second.
COMMIT_EVERY = 250 * MILLISECOND
LONGEST_COMMIT = 10 * SECOND
SHORTEST_KEPT = 8
"""Days: rows stay up to seven for a sink that is behind."""
LONGEST_KEPT = 36_525


class Tls(Section):
    """Configure TLS to the broker; without files the system's certificates are trusted."""

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
    """Configure the kitchen's MQTT broker."""

    host: Words = "127.0.0.1"
    port: Port = 1883
    username: Words | None = None
    password_env: Variable | None = None
    password_file: File | None = None
    tls: Annotated[Tls | None, BeforeValidator(_tls)] = None
    discover: bool = True
    home_assistant: Words | None = None


class ClockSettings(Section):
    """Configure when the system clock is trusted."""

    source: Literal["auto", "rtc", "person"] = "rtc"


class JournalSettings(Section):
    """Configure how often the journal commits, and how long it keeps what."""

    commit_every: Annotated[Micros, Field(gt=0, le=LONGEST_COMMIT)] = COMMIT_EVERY
    keep_readings_days: Annotated[int, Field(ge=SHORTEST_KEPT, le=LONGEST_KEPT)] = 90
    keep_charts_days: Annotated[int, Field(ge=SHORTEST_KEPT, le=LONGEST_KEPT)] = 1_830
    most_megabytes: Annotated[int, Field(ge=10)] | None = None


class Influxdb(Section):
    """Configure InfluxDB: `v1` takes a database, `v2` a bucket, an organisation and mostly a token."""

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
    """Configure what is sent on from the journal."""

    influxdb: Influxdb | None = None


class ApiSettings(Section):
    """Configure where the page and the REST interface listen."""

    host: Words = "127.0.0.1"
    port: Port = 8080
    allow_hosts: tuple[HostName, ...] = ()
