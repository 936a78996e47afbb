"""Read probes of the DS18B20 family on a 1-wire bus, from the kernel's file `w1_slave`.

    72 01 4b 46 7f ff 0e 10 57 : crc=57 YES     scratchpad as read now: temperature low, high, alarms, configuration,
    72 01 4b 46 7f ff 0e 10 57 t=23125          three more and CRC │ scratchpad of the last good read, thousandths of °C

Dirt to survive:
    NO                    the second line still has the old temperature
    YES, all bytes zero   the data line is shorted to ground: the CRC of zeros is zero
    85.000                the value after power-on, before any conversion. Hot food can have this temperature too: it is
                          accepted when the last value was within 5 °C, or when a second read returns it again
    07FFh, 0FFFh, -127    counterfeit probes, and the number that libraries print for a lost probe
    half a file           the probe vanished while it was read

Sources: Linux kernel, Documentation/w1/slaves/w1_therm.rst and drivers/w1/slaves/w1_therm.c; Maxim DS18B20 data sheet,
memory map and CRC generation (x⁸+x⁵+x⁴+1), and application note 27.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from drivers.errors import DecodeError
from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason

BYTES = r"((?:[0-9a-f]{2} ){9})"
FILE = re.compile(rf"\s*{BYTES}: crc=[0-9a-f]{{2}} (YES|NO)\s*\n{BYTES}t=(-?[0-9]{{1,7}})\s*", re.IGNORECASE)
ADDRESS = re.compile(r"(?:10|22|28|3b|42)-[0-9a-f]{12}", re.IGNORECASE)

POWER_ON = Decimal(85)
PLAUSIBLE_STEP = Decimal(5)
NO_PROBE = Decimal(-127)
# 07FFh and 0FFFh as the kernel truncates them to thousandths, and as libraries print them
IMPOSSIBLE = frozenset(map(Decimal, ("127.937", "127.94", "127.9", "255.937", "4095")))
CONFIGURATION = 4  # the byte; 00h is impossible
WIRE_FAULT = 1  # bit of a MAX31850's first byte
ALIKE = Decimal("0.5")  # covers clones with two more bits, and the kernel's truncation


@dataclass(frozen=True, slots=True)
class W1Family:
    """Sensors that share the first byte of their address.

    Attributes:
        names: of the chips.
        lowest: of their range, in °C.
        highest: of their range, in °C.
        sixteenths: the first two bytes are the temperature in 1/16 °C.
        thermocouple: MAX31850 is among them.
    """

    names: str
    lowest: int = -55
    highest: int = 125
    sixteenths: bool = True
    thermocouple: bool = False

    def is_thermocouple(self, scratchpad: bytes) -> bool:
        """Whether the chip is a MAX31850, which has ones where DS1825 has its resolution."""
        return self.thermocouple and bool(scratchpad[CONFIGURATION] & 0x80)

    def differs(self, scratchpad: bytes, celsius: Decimal) -> bool:
        """Whether the temperature is not that of the bytes."""
        raw = Decimal(int.from_bytes(scratchpad[:2], "little", signed=True)) / 16
        return self.sixteenths and abs(raw - celsius) > ALIKE


FAMILIES = {
    "10": W1Family("DS18S20", sixteenths=False),
    "22": W1Family("DS1822"),
    "28": W1Family("DS18B20"),
    "3b": W1Family("DS1825, MAX31850", -270, 1800, thermocouple=True),
    "42": W1Family("DS28EA00", -40, 100),
}
UNKNOWN = W1Family("unknown", sixteenths=False)


@dataclass(frozen=True, slots=True)
class Scratchpad:
    """Content of the file.

    Attributes:
        now: the nine bytes as read now.
        last_good: the nine bytes of the last good read, to which `celsius` belongs.
        good: the kernel accepted the CRC.
        celsius: exact, in thousandths.
    """

    now: bytes
    last_good: bytes
    good: bool
    celsius: Decimal


def parse(text: str) -> Scratchpad:
    """Parse the two lines.

    Raises:
        DecodeError: this is no `w1_slave` file, or half of one.
    """
    match = FILE.fullmatch(text)
    if match is None:
        raise DecodeError(f"{text[:64]!r} is no w1_slave file, or half of one", raw=text.encode())
    return Scratchpad(
        bytes.fromhex(match[1]), bytes.fromhex(match[3]), match[2].upper() == "YES", Decimal(match[4]).scaleb(-3)
    )


def crc8(data: bytes) -> int:
    """Return the CRC of Dallas and Maxim, low bit first, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc


class W1Probe:
    """One probe; remembers its last value, to tell a power-on value from hot food.

    Args:
        device: id of the probe.
        address: its name on the bus, family and serial number.
        channel: of its readings.
    """

    def __init__(self, device: str, *, address: str = "", channel: str = "T") -> None:
        self.device = device
        self.address = address.lower()
        self._channel = channel
        self._family = FAMILIES.get(self.address[:2], UNKNOWN)
        self._last: Decimal | None = None
        self._read_again = False

    def read(self, text: str) -> Reading:
        """Decode the file as read now. A reading with `power_on_value` must be read once more, at once.

        Raises:
            DecodeError: this is no `w1_slave` file.
        """
        scratchpad = parse(text)
        reason = self._fault(scratchpad)
        if reason is not None:
            return self.fault(reason)
        value = scratchpad.celsius
        doubt = self._doubt(value)
        self._read_again = doubt is Reason.POWER_ON_VALUE
        if doubt is None:
            self._last = value
        return self._reading(float(value), Quality.UNCERTAIN if doubt else Quality.GOOD, doubt)

    def lost(self) -> Reading:
        """Return the BAD reading of a probe that is not on the bus, and forget its last value."""
        self._last, self._read_again = None, False
        return self.fault(Reason.NO_COMMUNICATION)

    def fault(self, reason: Reason) -> Reading:
        """Return a BAD reading."""
        return self._reading(None, Quality.BAD, reason)

    def _fault(self, scratchpad: Scratchpad) -> Reason | None:
        now = scratchpad.now
        if not scratchpad.good or crc8(now[:8]) != now[8]:
            return Reason.CHECKSUM
        if now[CONFIGURATION] == 0 or scratchpad.celsius in IMPOSSIBLE:
            return Reason.SENSOR_FAILURE
        if self._family.is_thermocouple(now):
            return Reason.SENSOR_FAILURE if now[0] & WIRE_FAULT else None
        if scratchpad.last_good != now or self._family.differs(now, scratchpad.celsius):
            return Reason.MALFORMED
        return Reason.NOT_CONNECTED if scratchpad.celsius == NO_PROBE else None

    def _doubt(self, celsius: Decimal) -> Reason | None:
        if not self._family.lowest <= celsius <= self._family.highest:
            return Reason.OUT_OF_RANGE
        if celsius != POWER_ON or self._read_again:
            return None
        near = self._last is not None and abs(celsius - self._last) <= PLAUSIBLE_STEP
        return None if near else Reason.POWER_ON_VALUE

    def _reading(self, value: float | None, quality: Quality, reason: Reason | None) -> Reading:
        return Reading(
            device=self.device,
            channel=self._channel,
            quantity=Quantity.TEMPERATURE,
            value=value,
            unit=UNIT_OF[Quantity.TEMPERATURE],
            quality=quality,
            reason=reason,
        )
