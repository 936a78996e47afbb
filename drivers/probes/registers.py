"""Register maps: which register of a Modbus device holds what. A device is a file in maps/, not code.

    name: xy-md02
    slave: 1                            factory address
    serial: {baud: 9600}                factory settings
    registers:
      - channel: T                      name of the value, with the device it names a point
        quantity: temperature           drivers.reading.Quantity
        unit: Cel                       of that quantity
        function: 4                     3 holding, 4 input registers
        address: 1                      as sent on the wire, from 0
        count: 1                        registers that it fills
        type: int16                     int16 uint16 int32 uint32, high word first
        scale: 0.1
        range: [-40, 125]               what the sensor can measure; outside it is UNCERTAIN
        faults: {-32768: not_connected} numbers that are no value → reason

Neighbours of one function are asked together, so that a device with them in a row costs one question a round.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError
from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason, exact

MOST_REGISTERS = 125  # in one answer (MODBUS Application Protocol V1.1b3, §6.3)


class RegisterType(StrEnum):
    """How the words of a value are to be read."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"

    @property
    def words(self) -> int:
        return 2 if self in {RegisterType.INT32, RegisterType.UINT32} else 1

    @property
    def signed(self) -> bool:
        return self in {RegisterType.INT16, RegisterType.INT32}


class Register(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of the device. The keys are explained at the top."""

    channel: Annotated[str, Meta(min_length=1)]
    quantity: Quantity
    unit: str
    function: Annotated[int, Meta(ge=3, le=4)]
    address: Annotated[int, Meta(ge=0, le=0xFFFF)]
    type: RegisterType
    count: int = 1
    scale: float = 1.0
    range: tuple[float, float] | None = None
    faults: dict[int, Reason] = {}

    def read(self, data: bytes, device: str) -> Reading:
        """Read the value's bytes."""
        raw = int.from_bytes(data, "big", signed=self.type.signed)
        if (fault := self.faults.get(raw)) is not None:
            return self.fault(device, fault)
        value = float(raw * exact(self.scale))
        outside = self.range is not None and not self.range[0] <= value <= self.range[1]
        return Reading(
            device=device,
            channel=self.channel,
            quantity=self.quantity,
            value=value,
            unit=self.unit,
            quality=Quality.UNCERTAIN if outside else Quality.GOOD,
            reason=Reason.OUT_OF_RANGE if outside else None,
        )

    def fault(self, device: str, reason: Reason) -> Reading:
        """Give the reading without a value."""
        return Reading(
            device=device,
            channel=self.channel,
            quantity=self.quantity,
            value=None,
            unit=self.unit,
            quality=Quality.BAD,
            reason=reason,
        )


class Block(msgspec.Struct, frozen=True):
    """Neighbouring registers that one question asks for."""

    function: int
    address: int
    count: int
    registers: tuple[Register, ...]

    def read(self, data: bytes, device: str) -> list[Reading]:
        """Read those registers that `data`, the words from the block's address on, holds whole."""
        readings = []
        for register in self.registers:
            start = 2 * (register.address - self.address)
            value = data[start : start + 2 * register.count]
            if len(value) == 2 * register.count:
                readings.append(register.read(value, device))
        return readings


class RegisterMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is to be known of a device. The keys are explained at the top."""

    name: str
    registers: Annotated[tuple[Register, ...], Meta(min_length=1)]
    slave: Annotated[int, Meta(ge=1, le=247)] = 1
    serial: SerialSettings = SerialSettings()

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(register.channel for register in self.registers)

    def blocks(self) -> list[Block]:
        """Give the questions of one round: as few as there are gaps between the registers."""
        ordered = sorted(self.registers, key=lambda each: (each.function, each.address))
        runs: list[list[Register]] = []
        for register in ordered:
            if runs and _continues(runs[-1], register):
                runs[-1].append(register)
            else:
                runs.append([register])
        return [_block(run) for run in runs]


def _continues(run: Sequence[Register], register: Register) -> bool:
    last = run[-1]
    together = register.address + register.count - run[0].address
    return (
        register.function == last.function
        and register.address <= last.address + last.count
        and together <= MOST_REGISTERS
    )


def _block(run: Sequence[Register]) -> Block:
    end = max(register.address + register.count for register in run)
    return Block(run[0].function, run[0].address, end - run[0].address, tuple(run))


def shipped_maps() -> tuple[str, ...]:
    """Names of the maps that come with this package."""
    files = resources.files("drivers.probes.maps").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def load_map(name: str) -> RegisterMap:
    """Load a shipped map.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if name not in shipped_maps():
        raise ConfigurationError(f'there is no register map "{name}": use one of {", ".join(shipped_maps())}')
    return parse_map(resources.files("drivers.probes.maps").joinpath(f"{name}.yaml").read_text("utf-8"))


def parse_map(text: str) -> RegisterMap:
    """Read a map and check it.

    Raises:
        ConfigurationError: what is wrong and where.
    """
    try:
        register_map = msgspec.convert(yaml.safe_load(text), RegisterMap)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"register map: {error}") from error
    if mistakes := list(_mistakes(register_map)):
        raise ConfigurationError(f"register map {register_map.name}: {'; '.join(mistakes)}")
    return register_map


def _mistakes(register_map: RegisterMap) -> Iterator[str]:
    for register in register_map.registers:
        where = f"channel {register.channel}"
        if register_map.channels.count(register.channel) > 1:
            yield f"{where} is there twice"
        if register.unit != UNIT_OF[register.quantity]:
            yield f"{where}: {register.quantity} has the unit {UNIT_OF[register.quantity]}, not {register.unit}"
        if register.count != register.type.words:
            yield f"{where}: {register.type} fills {register.type.words} registers, not {register.count}"
        if register.scale == 0 or Decimal(register.scale).is_nan():
            yield f"{where}: a scale of {register.scale} leaves no value"
        if register.range is not None and register.range[0] >= register.range[1]:
            yield f"{where}: the range ends before it begins"
