"""Load the configuration: `load(path)` returns a `Config` or raises `ConfigError` with every problem and its line."""

from gateway.config.devices import Device, Point
from gateway.config.haccp import ControlPoint, Haccp, Override
from gateway.config.load import load, parse, read_secret
from gateway.config.models import Config, KitchenSettings, Person
from gateway.config.problems import ConfigError, Problem
from gateway.config.services import ApiSettings, Delivery, Influxdb, JournalSettings, Mqtt, Tls
from gateway.config.stock import (
    Recipe,
    School,
    Stock,
    StockContainer,
    StockItem,
    StockScale,
    Store,
    Supplier,
)
from gateway.messages import Text

__all__ = [
    "ApiSettings",
    "Config",
    "ConfigError",
    "ControlPoint",
    "Delivery",
    "Device",
    "Haccp",
    "Influxdb",
    "JournalSettings",
    "KitchenSettings",
    "Mqtt",
    "Override",
    "Person",
    "Point",
    "Problem",
    "Recipe",
    "School",
    "Stock",
    "StockContainer",
    "StockItem",
    "StockScale",
    "Store",
    "Supplier",
    "Text",
    "Tls",
    "load",
    "parse",
    "read_secret",
]
