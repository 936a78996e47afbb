"""Define the reading that every driver produces, its quality, and the reason for a quality that is not good.

Quality follows OPC 10000-8 §6.3 (good, uncertain, bad). Unit names are those of SenML (RFC 8428 §12.1).
"""

from decimal import Decimal
from enum import IntEnum, IntFlag, StrEnum

import msgspec


class Quality(IntEnum):
    """How far a value can be trusted. The journal and InfluxDB store the number."""

    BAD = 0
    UNCERTAIN = 1
    GOOD = 2


class Quantity(StrEnum):
    """The physical quantity of a value."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    WEIGHT = "weight"
    PRESSURE = "pressure"
    VOLTAGE = "voltage"
    BATTERY = "battery"
    LINK_RSSI = "link_rssi"
    LINK_LQI = "link_lqi"


UNIT_OF: dict[Quantity, str] = {
    Quantity.TEMPERATURE: "Cel",
    Quantity.HUMIDITY: "%RH",
    Quantity.WEIGHT: "kg",
    Quantity.PRESSURE: "hPa",
    Quantity.VOLTAGE: "V",
    Quantity.BATTERY: "%",
    Quantity.LINK_RSSI: "dBm",
    Quantity.LINK_LQI: "1",
}


class Reason(StrEnum):
    """Why a reading is not good. Decoders use the first two groups, the gateway adds the last."""

    SENSOR_FAILURE = "sensor_failure"
    NOT_CONNECTED = "not_connected"
    NO_COMMUNICATION = "no_communication"
    LAST_USABLE_VALUE = "last_usable_value"
    REPEATED_VALUE = "repeated_value"
    POWER_ON_VALUE = "power_on_value"
    OUT_OF_RANGE = "out_of_range"
    CLOCK_INVALID = "clock_invalid"
    NEEDS_KEY = "needs_key"
    CHECKSUM = "checksum"
    MALFORMED = "malformed"
    UNKNOWN_MODEL = "unknown_model"
    NAME_MISMATCH = "name_mismatch"
    # a scale frame without a weight
    OVERLOAD = "overload"
    UNDERLOAD = "underload"
    BUSY = "busy"
    SYNTAX = "syntax"
    TRANSMISSION = "transmission"
    FRAMING = "framing"
    PARITY = "parity"
    SCALE_ERROR = "scale_error"
    ZERO_ERROR = "zero_error"
    NO_READING = "no_reading"
    NOT_WEIGHT = "not_weight"
    # added by the gateway
    STALE = "stale"
    RATE = "rate"
    STUCK = "stuck"
    SWAPPED = "swapped"
    IN_CHECK = "in_check"
    CALIBRATION = "calibration"
    CALIBRATION_OVERDUE = "calibration_overdue"
    CLOCK_UNSYNCED = "clock_unsynced"


class Flag(IntFlag):
    """How a reading arrived."""

    NONE = 0
    RETAINED = 1
    REPEATED = 2
    HISTORICAL = 4
    RELATIVE = 8  # measured_at was computed from the arrival: the same reading sent again gets another time
    UNDATED = 16  # added by the gateway: the date of the arrival is not known


class Reading(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One value of one channel of one device.

    Attributes:
        device: id of the device in kitchen.yaml, or the name that the device gives itself.
        channel: one of the device's values; device and channel together name a point.
        quantity: what is measured.
        value: in `unit`; None when quality is BAD. It is the double nearest to the decimal on the wire. `exact`
            returns that decimal, since no device sends more than 15 digits.
        unit: SenML name, always UNIT_OF[quantity].
        measured_at: UTC microseconds; None when the device sent no absolute time.
        quality: GOOD, UNCERTAIN or BAD.
        reason: why the quality is not GOOD.
        stable: a scale's own stability flag; None when it sends none, or for another quantity.
        net: True when a tare is subtracted; None when the frame does not state it.
        tare: in kg, when the frame carries it.
        flags: RETAINED, REPEATED, HISTORICAL, RELATIVE.
        battery: charge of the device's battery in percent; None when it is not known.
    """

    device: str
    channel: str
    quantity: Quantity
    value: float | None
    unit: str
    measured_at: int | None = None
    quality: Quality = Quality.GOOD
    reason: Reason | None = None
    stable: bool | None = None
    net: bool | None = None
    tare: float | None = None
    flags: Flag = Flag.NONE
    battery: float | None = None

    @property
    def sensor(self) -> str:
        """Stable id of the sensor: device and channel, or the device alone when it is a single sensor."""
        return "/".join(filter(None, (self.device, self.channel)))


def exact(value: float) -> Decimal:
    """Return the decimal that the device sent: the shortest text that reads back as the same double."""
    return Decimal(repr(value))
