"""Load register maps, which describe the registers of a Modbus device. A device is a file in maps/, not code.

    name: xy-md02
    slave: 1                            factory address
    serial: {baud: 9600}                factory settings: baud, bytesize, parity, stopbits
    bridge: 0                           most unwanted registers between two wanted ones that one request may cover
    count: 8                            requests only this many registers, from the first one on
    only: []                            channels that have a sensor; values of others are left out
    required: []                        settings that kitchen.yaml must have: channels, decimals, count
    registers:
      - channel: T                      name of the value; device and channel together name a point
        quantity: temperature           drivers.reading.Quantity
        unit: Cel                       unit on the wire: Cel, F, %RH, kg, g, hPa … (drivers.values.units)
        function: 4                     3 holding, 4 input registers
        address: 1                      as sent on the wire, from 0
        count: 1                        registers of the value
        type: int16                     int16 uint16 int32 uint32 float32
        order: high_first               order of the words of a 32-bit value: high_first, low_first
        scale: 0.1                      factor from the number to the value
        decimals: 1                     decimal places that the device leaves out; instead of `scale`
        decimals_at: 1001               register that holds the decimal places
        unit_at: {address: 1002, units: {0: Cel, 1: F}}         register that holds the unit; other numbers: malformed
        status: {address: 8193, faults: {6: sensor_failure}}    bit of a status word → reason why there is no value
        digits: [-1999, 9999]           range of the number; outside it the value is UNCERTAIN
        range: [-40, 125]               range of the sensor; outside it the value is UNCERTAIN
        doubts: [{span: [97.6, 97.8], reason: not_connected}]   values that may stand for a fault: UNCERTAIN
        faults: {-32768: not_connected} numbers that stand for a fault → reason

Neighbouring registers of one function are requested together, so that a row of them costs one request a round.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec
import yaml
from msgspec import Meta

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError
from drivers.probes.register import Register, RegisterType, Words, unit_of
from drivers.reading import UNIT_OF, Reading

MOST_REGISTERS = 125  # in one answer (MODBUS Application Protocol V1.1b3, §6.3)


class Block(msgspec.Struct, frozen=True):
    """Neighbouring registers that one request covers."""

    function: int
    address: int
    count: int
    registers: tuple[Register, ...]

    def read(self, data: bytes, device: str) -> list[Reading]:
        """Decode the registers that `data`, the words from the block's address on, holds completely."""
        words = Words(self.address, data)
        readings = (register.read(words, device) for register in self.registers)
        return [reading for reading in readings if reading is not None]


class RegisterMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Description of a device. The keys are explained at the top."""

    name: str
    registers: Annotated[tuple[Register, ...], Meta(min_length=1)]
    slave: Annotated[int, Meta(ge=1, le=247)] = 1
    serial: SerialSettings = SerialSettings()
    bridge: Annotated[int, Meta(ge=0, le=MOST_REGISTERS)] = 0
    count: Annotated[int, Meta(ge=1, le=MOST_REGISTERS)] | None = None
    only: tuple[str, ...] = ()
    required: tuple[Literal["channels", "decimals", "count"], ...] = ()

    @property
    def wanted(self) -> tuple[Register, ...]:
        """Registers that give readings."""
        return tuple(each for each in self.registers if not self.only or each.channel in self.only)

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(register.channel for register in self.wanted)

    def blocks(self) -> list[Block]:
        """Return the blocks of one round, each for one request: as few as the gaps between the registers allow."""
        ordered = sorted(self.registers, key=lambda each: (each.function, min(each.addresses)))
        runs: list[list[Register]] = []
        for register in ordered:
            if runs and self._continues(runs[-1], register):
                runs[-1].append(register)
            else:
                runs.append([register])
        blocks = [msgspec.structs.replace(_block(run), registers=self._wanted_of(run)) for run in runs]
        if self.count is not None:
            return [msgspec.structs.replace(blocks[0], count=self.count)]
        return [block for block in blocks if block.registers]

    def _wanted_of(self, run: Sequence[Register]) -> tuple[Register, ...]:
        return tuple(each for each in run if each in self.wanted)

    def _continues(self, run: Sequence[Register], register: Register) -> bool:
        block = _block(run)
        together = max(register.addresses) + 1 - block.address
        return (
            register.function == block.function
            and min(register.addresses) <= block.address + block.count + self.bridge
            and together <= MOST_REGISTERS
        )

    def fitted(
        self, *, channels: Sequence[str] | None = None, decimals: int | None = None, count: int | None = None
    ) -> "RegisterMap":
        """Return the map with the settings of one device in the kitchen.

        Args:
            channels: channels that have a sensor; all others are left out.
            decimals: decimal places that the device leaves out and does not hold in a register.
            count: registers to request, from the map's first on; values beyond them are left out.

        Raises:
            ConfigurationError: no value is left, or there is no such channel.
        """
        registers = self.registers if count is None else _within(self.registers, self.blocks()[0], count)
        if not registers:
            raise ConfigurationError(f"map {self.name}: no value lies within {count} registers")
        names = [register.channel for register in registers]
        if unknown := [name for name in channels or () if name not in names]:
            raise ConfigurationError(f"map {self.name} has no channel {unknown[0]}: it has {', '.join(names)}")
        if decimals is not None:
            registers = tuple(msgspec.structs.replace(register, decimals=decimals) for register in registers)
        only = self.only if channels is None else tuple(channels)
        return msgspec.structs.replace(self, registers=registers, count=count or self.count, only=only)


def _within(registers: Sequence[Register], first: Block, count: int) -> tuple[Register, ...]:
    asked = range(first.address, first.address + count)
    within = (each for each in registers if each.address in asked and each.address + each.count - 1 in asked)
    return tuple(each for each in within if each.function == first.function)


def _block(run: Sequence[Register]) -> Block:
    addresses = [address for register in run for address in register.addresses]
    return Block(run[0].function, min(addresses), max(addresses) + 1 - min(addresses), tuple(run))


def shipped_maps() -> tuple[str, ...]:
    """Return the names of the maps in this package."""
    files = resources.files("drivers.probes.maps").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def load_map(name: str) -> RegisterMap:
    """Load a shipped map.

    Raises:
        ConfigurationError: there is no map of that name.
    """
    if name not in shipped_maps():
        raise ConfigurationError(f'there is no register map "{name}": use one of {", ".join(shipped_maps())}')
    return parse_map(resources.files("drivers.probes.maps").joinpath(f"{name}.yaml").read_text("utf-8"))


def parse_map(text: str) -> RegisterMap:
    """Parse a map and check it.

    Raises:
        ConfigurationError: the map is wrong; the text names the channel and the mistake.
    """
    try:
        register_map = msgspec.convert(yaml.safe_load(text), RegisterMap)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"register map: {error}") from error
    if mistakes := list(_mistakes(register_map)):
        raise ConfigurationError(f"register map {register_map.name}: {'; '.join(mistakes)}")
    return register_map


def _mistakes(register_map: RegisterMap) -> Iterator[str]:
    names = [register.channel for register in register_map.registers]
    yield from (f"there is no channel {name}, which only names" for name in register_map.only if name not in names)
    for register in register_map.registers:
        where = f"channel {register.channel}"
        if names.count(register.channel) > 1:
            yield f"{where} is there twice"
        yield from (f"{where}: {mistake}" for mistake in _mistakes_of(register))


def _mistakes_of(register: Register) -> Iterator[str]:
    switched = register.unit_at.units.values() if register.unit_at else ()
    for unit in (register.unit, *switched):
        if unit_of(register.quantity, unit) is None:
            yield f"{register.quantity} has the unit {UNIT_OF[register.quantity]}, not {unit}"
    if register.count != register.type.words:
        yield f"{register.type} fills {register.type.words} registers, not {register.count}"
    if register.scale == 0 or Decimal(register.scale).is_nan():
        yield f"a scale of {register.scale} leaves no value"
    if register.scale != 1 and (register.decimals is not None or register.decimals_at is not None):
        yield "scale and decimals say the same: keep one of them"
    if register.type is RegisterType.FLOAT32 and register.faults:
        yield "faults are whole numbers: a float32 says NaN"
    if max(register.addresses) - min(register.addresses) >= MOST_REGISTERS:
        yield f"what stands beside it is more than {MOST_REGISTERS} registers away"
    spans = [register.range, register.digits, *(doubt.span for doubt in register.doubts)]
    if any(span is not None and span[0] > span[1] for span in spans) or _empty(register.range):
        yield "the range ends before it begins"


def _empty(span: tuple[float, float] | None) -> bool:
    return span is not None and span[0] == span[1]
