"""The configuration: `load(path)` gives a `Config` or raises `ConfigError` with every problem and its line."""

from gateway.config.load import load, parse, read_secret
from gateway.config.models import (
    ApiSettings,
    BatchControl,
    Config,
    ControlKind,
    ControlPoint,
    Delivery,
    Device,
    Haccp,
    Influxdb,
    JournalSettings,
    Kitchen,
    Mqtt,
    Override,
    Person,
    Point,
    Stock,
    StockItem,
    StockScale,
    Tls,
)
from gateway.config.problems import ConfigError, Problem
from gateway.messages import Text

__all__ = [
    "ApiSettings",
    "BatchControl",
    "Config",
    "ConfigError",
    "ControlKind",
    "ControlPoint",
    "Delivery",
    "Device",
    "Haccp",
    "Influxdb",
    "JournalSettings",
    "Kitchen",
    "Mqtt",
    "Override",
    "Person",
    "Point",
    "Problem",
    "Stock",
    "StockItem",
    "StockScale",
    "Text",
    "Tls",
    "load",
    "parse",
    "read_secret",
]
