"""What every driver produces: a reading, its quality and the reason when it is not good.

Quality follows OPC 10000-8 §6.3 (good, uncertain, bad); unit names are those of SenML (RFC 8428 §12.1).
"""

from decimal import Decimal
from enum import IntEnum, IntFlag, StrEnum

import msgspec


class Quality(IntEnum):
    """How far a value can be trusted; the number is what the journal and InfluxDB keep."""

    BAD = 0
    UNCERTAIN = 1
    GOOD = 2


class Quantity(StrEnum):
    """What is measured."""

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
    """Why a reading is not good: decoders give the first group, the gateway adds the last."""

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
    # a weighing without a weight
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
    """How a reading came."""

    NONE = 0
    RETAINED = 1
    REPEATED = 2
    HISTORICAL = 4
    RELATIVE = 8  # measured_at was counted from the arrival: sent again, the same reading gets another one
    UNDATED = 16  # added by the gateway: stands at an arrival whose date is not known


class Reading(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One value of one channel of one device.

    Attributes:
        device: the device's id in kitchen.yaml, or the name by which it calls itself.
        channel: which of its values; with the device it names a point.
        quantity: what is measured.
        value: in `unit`, None when quality is BAD. It is the double next to the exact decimal of the wire;
            `exact` gives that decimal back, since no device sends more than 15 digits.
        unit: SenML name, always UNIT_OF[quantity].
        measured_at: UTC microseconds if the device gave an absolute time, else None.
        quality: GOOD, UNCERTAIN or BAD.
        reason: why not GOOD.
        stable: what a scale says of itself; None when it says nothing, or for no weighing.
        net: True when a tare is subtracted; None when the frame does not tell.
        tare: in kg, when the frame carries it.
        flags: RETAINED, REPEATED, HISTORICAL, RELATIVE.
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
        """The stable id of what measured: device and channel, or the device alone when it is one sensor."""
        return "/".join(filter(None, (self.device, self.channel)))


def exact(value: float) -> Decimal:
    """The decimal that the device sent: the shortest text which reads back as the same double."""
    return Decimal(repr(value))
